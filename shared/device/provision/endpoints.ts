import type { Provisioning, Registries, Registry } from "../registry/registry.ts";

/** Where devices connect in one region. */
export interface Endpoint {
  readonly region: string;
  readonly mqtt: string;
}

/**
 * Where devices connect, in all regions, this one first. Another region that cannot be asked is one whose last word
 * is believed; it is left out only if it never said a word.
 */
export const findEndpoints = async (
  [home, ...others]: Registries<"endpoint">,
  {
    provisioning,
    onError,
  }: {
    provisioning: Pick<Provisioning, "endpoint">;
    onError: (what: string, error: unknown) => void;
  },
): Promise<readonly [Endpoint, ...Endpoint[]]> => {
  const lastKnown = async (region: string, error: unknown): Promise<string | undefined> => {
    onError(`the endpoint of ${region} not asked`, error);
    return provisioning.endpoint(region);
  };
  const asked = others.map(async ({ region, endpoint }): Promise<Endpoint[]> => {
    const mqtt = await endpoint().catch((error: unknown) => lastKnown(region, error));
    return mqtt === undefined ? [] : [{ region, mqtt }];
  });
  const [mqtt, ...elsewhere] = await Promise.all([home.endpoint(), ...asked]);
  return [{ region: home.region, mqtt }, ...elsewhere.flat()];
};

/** Tells the other regions where devices connect in this one, when they do not know it. */
export const publishEndpoint = async ({
  registry: { region, endpoint },
  provisioning,
}: {
  registry: Pick<Registry, "region" | "endpoint">;
  provisioning: Pick<Provisioning, "endpoint" | "putEndpoint">;
}): Promise<void> => {
  const url = await endpoint();
  if ((await provisioning.endpoint(region)) !== url) await provisioning.putEndpoint(url);
};
