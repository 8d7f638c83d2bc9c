import { Failure } from "#shared/failure.ts";
import type { Integration } from "#shared/integration/integration.ts";
import type { Integrations, Listening } from "#shared/ports.ts";

/** Integrations in memory, beside the listeners of the same region. */
export const memoryIntegrations = (
  given: readonly Integration[] = [],
  listening: ReadonlyMap<string, Listening> = new Map(),
): Integrations => {
  const rows = new Map(given.map((one) => [one.id, one]));
  const ofFleet = (fleet: string, id: string) => {
    const found = rows.get(id);
    return found?.fleet === fleet ? found : undefined;
  };
  const list = (fleet: string) => [...rows.values()].filter((one) => one.fleet === fleet);
  return {
    list: async (fleet) => list(fleet),
    outlets: async (fleet) => ({
      integrations: list(fleet),
      listenedUntil: listening.get(fleet)?.until ?? 0,
    }),
    find: async (fleet, id) => ofFleet(fleet, id),
    async add(integration) {
      rows.set(integration.id, integration);
    },
    async replace(integration) {
      if (ofFleet(integration.fleet, integration.id) === undefined) {
        throw new Failure("Integration not found", { code: "not_found" });
      }
      rows.set(integration.id, integration);
    },
    async remove(fleet, id) {
      return ofFleet(fleet, id) !== undefined && rows.delete(id);
    },
  };
};
