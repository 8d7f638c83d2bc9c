import { fleetsCachedMax, integrationsFreshMs, integrationsRetryMs } from "../limits.ts";
import type { Integrations, KnownIntegrations, Outlets } from "../ports.ts";

interface Memory {
  outlets?: Outlets;
  /** When the read began that they are from. */
  readAt: number;
  /** Until then the table is left alone. */
  staleUntil: number;
  reading?: Promise<void>;
}

/**
 * Keeps the integrations of the fleets that have traffic, and whether they have listeners. What is older than `integrationsFreshMs` is read
 * again before it is used; when that fails, the old ones are used and the table is left alone for
 * `integrationsRetryMs`. Only a fleet that was never read fails. A fleet is read once at a time.
 */
export const rememberIntegrations = ({
  integrations,
  now,
  onStale,
}: {
  integrations: Pick<Integrations, "outlets" | "find">;
  now: () => number;
  onStale: (fleet: string, error: unknown) => void;
}): KnownIntegrations => {
  const memory = new Map<string, Memory>();

  /** Makes it the last of the map, so that the first is the one that was not used for longest, and is forgotten. */
  const recall = (fleet: string): Memory => {
    const entry = memory.get(fleet) ?? { readAt: Number.NEGATIVE_INFINITY, staleUntil: 0 };
    memory.delete(fleet);
    memory.set(fleet, entry);
    const [oldest] = memory.keys();
    if (memory.size > fleetsCachedMax && oldest !== undefined) memory.delete(oldest);
    return entry;
  };

  const read = async (fleet: string, entry: Memory): Promise<void> => {
    // Counted from before the read: what is written while it runs may or may not be in it.
    const readAt = now();
    try {
      entry.outlets = await integrations.outlets(fleet);
      entry.readAt = readAt;
    } catch (error) {
      if (entry.outlets === undefined) {
        memory.delete(fleet);
        throw error;
      }
      entry.staleUntil = now() + integrationsRetryMs;
      onStale(fleet, error);
    } finally {
      entry.reading = undefined;
    }
  };

  const outletsOf = async (fleet: string): Promise<Outlets> => {
    const entry = recall(fleet);
    const tooOld = now() - integrationsFreshMs;
    for (;;) {
      const fresh = entry.readAt > tooOld || now() < entry.staleUntil;
      if (fresh && entry.outlets !== undefined) return entry.outlets;
      // A read under way may have begun too long ago to count; then another one follows it.
      entry.reading ??= read(fleet, entry);
      await entry.reading;
    }
  };

  return {
    ofFleet: async (fleet) => (await outletsOf(fleet)).integrations,
    listenedUntil: async (fleet) => (await outletsOf(fleet)).listenedUntil,
    archiveOf: async (fleet) => (await outletsOf(fleet)).archive,
    async troubleOf(fleet, id) {
      return (await outletsOf(fleet)).troubles.find(({ integration }) => integration === id);
    },
    async find(fleet, wanted) {
      // Memory may be older than an integration that another worker knows already: only the table says that there is none.
      const known = (await outletsOf(fleet)).integrations.find(({ id }) => id === wanted);
      return known ?? integrations.find(fleet, wanted);
    },
  };
};
