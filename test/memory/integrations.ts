import type { Integration } from "#shared/integration/integration.ts";
import type { Integrations } from "#shared/ports.ts";

/** Integrations in memory. */
export const memoryIntegrations = (given: readonly Integration[] = []): Integrations => {
  const rows = new Map(given.map((one) => [one.id, one]));
  const ofFleet = (fleet: string, id: string) => {
    const found = rows.get(id);
    return found?.fleet === fleet ? found : undefined;
  };
  return {
    list: async (fleet) => [...rows.values()].filter((one) => one.fleet === fleet),
    find: async (fleet, id) => ofFleet(fleet, id),
    async add(integration) {
      rows.set(integration.id, integration);
    },
    async remove(fleet, id) {
      return ofFleet(fleet, id) !== undefined && rows.delete(id);
    },
  };
};
