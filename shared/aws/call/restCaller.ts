import { parseJson } from "../../platform/parseJson.ts";
import { type CallPolicy, openCaller } from "./call.ts";
import { openEndpoint } from "./endpoint.ts";

type RestService = {
  /** The name in signatures. */
  readonly name: string;
} & (
  | {
      /** The suffix of `AWS_ENDPOINT_URL_…`. */
      readonly variable: string;
      /** The host name before the region. */
      readonly prefix: string;
    }
  | {
      /** The endpoint of each call. */
      readonly endpoint: () => Promise<string>;
    }
);

type QueryFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** A request by method and path. The members of a path are percent-encoded (`encodePart`). */
interface RestRequest {
  /** A text is percent-encoded and sorted by name (`queryText`). */
  readonly query?: string | QueryFields;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: Uint8Array | object;
}

/** Calls an operation and returns the JSON of its response; `undefined` if it has none. */
export type RestCall = (method: string, path: string, request?: RestRequest) => Promise<unknown>;

/** Calls a service with JSON over HTTP, in this region or in another one if given. */
export const openRestCaller = (
  service: RestService,
  policy: CallPolicy,
  options: { readonly region?: string; readonly keepAlive?: boolean } = {},
): RestCall => {
  const caller = openCaller(service.name, policy, options);
  const endpoint =
    "endpoint" in service
      ? service.endpoint
      : openEndpoint(service.variable, service.prefix, options.region);
  return async (method, path, { query = "", headers = {}, body = "" } = {}) => {
    const isRaw = typeof body === "string" || body instanceof Uint8Array;
    const type = isRaw ? "application/octet-stream" : "application/json";
    const reply = await caller.send(await endpoint(), {
      method,
      path,
      query: typeof query === "string" ? query : queryText(query),
      headers: { ...(body !== "" && { "content-type": type }), ...headers },
      body: isRaw ? body : JSON.stringify(body),
    });
    return parseJson(reply);
  };
};

/** Percent-encodes every reserved character of RFC 3986: Signature Version 4 requires it. */
export const encodePart = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** The text of a query, sorted by name, without undefined values. */
export const queryText = (query: QueryFields): string =>
  Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${encodePart(name)}=${encodePart(String(value))}`)
    .sort()
    .join("&");
