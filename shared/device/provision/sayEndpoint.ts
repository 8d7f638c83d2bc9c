import type { Provisioning, Registry } from "../registry/registry.ts";

/** Tells the other regions where devices connect in this one, when they do not know it. */
export const sayEndpoint = async ({
  registry: { region, endpoint },
  provisioning,
}: {
  registry: Pick<Registry, "region" | "endpoint">;
  provisioning: Pick<Provisioning, "endpoint" | "keepEndpoint">;
}): Promise<void> => {
  const url = await endpoint();
  if ((await provisioning.endpoint(region)) !== url) await provisioning.keepEndpoint(url);
};
