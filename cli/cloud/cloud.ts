import { type FetchOptions, fetchBytes, openStream } from "./cloudFetch.ts";
import { accountOperations } from "./operations/account.ts";
import { deviceOperations } from "./operations/devices.ts";
import { deadLetterOperations, integrationOperations } from "./operations/integrations.ts";
import { firmwareOperations, groupOperations, productOperations } from "./operations/products.ts";
import { releaseOperations } from "./operations/releases.ts";
import { openClient, pathPart } from "./operations/send.ts";
import { usageOperations } from "./operations/usage.ts";

/**
 * The operations of the API that `godwit` uses, for one fleet. Each fails with a `CommandError`.
 */
export const cloudAt = (options: FetchOptions) => {
  const { api } = options;
  const client = openClient(options);
  return {
    api,
    ...accountOperations(client),
    ...deviceOperations(client),
    ...integrationOperations(client),
    ...deadLetterOperations(client),
    ...usageOperations(client),
    ...productOperations(client),
    /** The operations on a product: its number or slug. */
    ofProduct: (product: string) => ({
      ...firmwareOperations(client, product),
      ...groupOperations(client, product),
      ...releaseOperations(client, product),
    }),
    /** The image of a firmware version, without its signature. */
    downloadFirmware: (product: string, version: number): Promise<Uint8Array> => {
      const path = `/v1/products/${encodeURIComponent(pathPart(product))}/firmware/${version}/binary`;
      return fetchBytes(new Request(`${api}${path}`), options);
    },
    /** Opens an event stream after an event's id. The caller ends it by `signal`. */
    openEvents: (
      { prefix, device }: { prefix?: string | undefined; device?: string | undefined },
      { after, signal }: { after: string | undefined; signal: AbortSignal },
    ): Promise<Response> => {
      const part = (text: string): string => encodeURIComponent(pathPart(text));
      const fleet = "/v1/devices";
      const events = device === undefined ? `${fleet}/events` : `${fleet}/${part(device)}/events`;
      const path = prefix === undefined ? events : `${events}/${part(prefix)}`;
      const headers = new Headers({ accept: "text/event-stream" });
      if (after !== undefined) headers.set("last-event-id", after);
      return openStream(new Request(`${api}${path}`, { headers }), { ...options, signal });
    },
  };
};

/** The API of a cloud, for one fleet. */
export type Cloud = ReturnType<typeof cloudAt>;

/** The operations on one product. */
export type ProductCloud = ReturnType<Cloud["ofProduct"]>;
