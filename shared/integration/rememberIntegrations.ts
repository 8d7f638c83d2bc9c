import { fleetsCachedMax, integrationsFreshMs, integrationsRetryMs } from "../limits.ts";
import type { Integrations, KnownIntegrations } from "../ports.ts";
import type { Integration } from "./integration.ts";

interface Memory {
  integrations?: readonly Integration[];
  freshUntil: number;
  reading?: Promise<readonly Integration[]>;
}

/**
 * Keeps the integrations of the fleets that have traffic. What is older than `integrationsFreshMs` is read
 * again before it is used; when that fails, the old ones are used and the table is left alone for
 * `integrationsRetryMs`. Only a fleet that was never read fails.
 */
export const rememberIntegrations = ({
  integrations,
  now,
  onStale,
}: {
  integrations: Pick<Integrations, "list">;
  now: () => number;
  onStale: (fleet: string, error: unknown) => void;
}): KnownIntegrations => {
  const memory = new Map<string, Memory>();

  const read = async (fleet: string, entry: Memory): Promise<readonly Integration[]> => {
    // Counted from before the read: what is written while it runs may or may not be in it.
    const asked = now();
    try {
      entry.integrations = await integrations.list(fleet);
      entry.freshUntil = asked + integrationsFreshMs;
    } catch (error) {
      if (entry.integrations === undefined) {
        memory.delete(fleet);
        throw error;
      }
      entry.freshUntil = now() + integrationsRetryMs;
      onStale(fleet, error);
    } finally {
      entry.reading = undefined;
    }
    return entry.integrations;
  };

  return {
    async ofFleet(fleet) {
      const entry = memory.get(fleet) ?? { freshUntil: 0 };
      // Taken out and put in again: the map's order is that of the last use, the first is the one to forget.
      memory.delete(fleet);
      memory.set(fleet, entry);
      const [oldest] = memory.keys();
      if (memory.size > fleetsCachedMax && oldest !== undefined) memory.delete(oldest);
      if (entry.integrations !== undefined && now() < entry.freshUntil) return entry.integrations;
      entry.reading ??= read(fleet, entry);
      return entry.reading;
    },
  };
};
