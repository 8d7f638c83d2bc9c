import type { ArchiveSetting } from "#shared/event/archiveSetting.ts";
import type { Integration } from "#shared/integration/model/integration.ts";
import type { Integrations } from "#shared/integration/model/integrations.ts";
import { noLimits, type UsageLimits } from "#shared/limit/usageLimit.ts";
import type { TargetHealth } from "#shared/resilience/targetHealth.ts";
import type { Listening } from "#shared/stream/ports.ts";

/** Integrations in memory, with the listeners of each region. */
export const memoryIntegrations = (
  given: readonly Integration[] = [],
  listening: readonly ReadonlyMap<string, Listening>[] = [],
  healthRecords: ReadonlyMap<string, TargetHealth> = new Map(),
  archives: ReadonlyMap<string, ArchiveSetting> = new Map(),
  limits: Pick<UsageLimits, "ofFleet"> = { ofFleet: async () => noLimits },
): Integrations => {
  const rows = new Map(given.map((one) => [one.id, one]));
  const ofFleet = (fleet: string, id: string) => {
    const found = rows.get(id);
    return found?.fleet === fleet ? found : undefined;
  };
  const list = (fleet: string) => [...rows.values()].filter((one) => one.fleet === fleet);
  return {
    fleetRouting: async (fleet) => ({
      integrations: list(fleet),
      unreadable: new Map(),
      listenedUntil: Math.max(0, ...listening.map((rows) => rows.get(fleet)?.until ?? 0)),
      archive: archives.get(fleet),
      ...(await someLimits(fleet, limits)),
      healthRecords: [...healthRecords].flatMap(([key, one]) =>
        key.startsWith(`${fleet}/`) ? one : [],
      ),
    }),
    find: async (fleet, id) => ofFleet(fleet, id),
    async add(integration) {
      rows.set(integration.id, integration);
    },
    async replace(integration) {
      const { fleet, id } = integration;
      const before = ofFleet(fleet, id);
      if (before === undefined || !follows(integration, before)) return false;
      rows.set(id, integration);
      return true;
    },
    async disable(fleet, id, disabledReason) {
      const found = ofFleet(fleet, id);
      if (found === undefined || found.disabled) return false;
      const revision = (found.revision ?? 0) + 1;
      rows.set(id, { ...found, disabled: true, disabledReason, revision });
      return true;
    },
    async remove(fleet, id, only) {
      const found = ofFleet(fleet, id);
      if (found === undefined || (only && only.revision !== found.revision)) return false;
      return rows.delete(id);
    },
  };
};

const someLimits = async (fleet: string, limits: Pick<UsageLimits, "ofFleet">) => {
  const found = await limits.ofFleet(fleet);
  return found.limits.length > 0 && { limits: found };
};

const follows = (after: Integration, before: Integration): boolean =>
  after.revision === (before.revision ?? 0) + 1;
