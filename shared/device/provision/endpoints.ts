import type { Provisioning, Registries, Registry } from "../registry/registry.ts";

/** The endpoint for devices of one region. */
export interface Endpoint {
  readonly region: string;
  readonly mqtt: string;
}

/**
 * The endpoints of all regions, this one first. For a region that cannot be reached, its last
 * published endpoint is used. A region that never published one is left out.
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
    onError(`reading the endpoint of ${region} failed`, error);
    return provisioning.endpoint(region);
  };
  const asked = others.map(async ({ region, endpoint }): Promise<Endpoint[]> => {
    const mqtt = await endpoint().catch((error: unknown) => lastKnown(region, error));
    return mqtt === undefined ? [] : [{ region, mqtt }];
  });
  const [mqtt, ...elsewhere] = await Promise.all([home.endpoint(), ...asked]);
  return [{ region: home.region, mqtt }, ...elsewhere.flat()];
};

/** Publishes this region's endpoint to the other regions, if it has changed. */
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
