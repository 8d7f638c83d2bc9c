import type { ArchiveSetting } from "../../event/archiveSetting.ts";
import { BoundedMap } from "../../platform/boundedMap.ts";
import { isUnexpired } from "../../platform/isUnexpired.ts";
import type { TargetHealth } from "../../resilience/targetHealth.ts";
import type { Integration, IntegrationMatcher } from "./integration.ts";
import type { FleetRouting } from "./integrations.ts";
import { fleetsCachedMax, integrationsFreshMs, integrationsRetryMs } from "./limits.ts";

/** A fleet's integrations as a worker knows them, all of one moment. */
export interface CachedIntegrations<One extends IntegrationMatcher = Integration> {
  readonly known: readonly One[];
  /** The ids of those that cannot be read, and that the worker never could: which events they match is not known. */
  readonly undecodableIds: readonly string[];
}

/** The integrations of a fleet, from memory where that is fresh enough. */
export interface IntegrationCache<One extends IntegrationMatcher = Integration> {
  ofFleet(fleet: string): Promise<CachedIntegrations<One>>;
  listenedUntil(fleet: string): Promise<number>;
  archiveOf(fleet: string): Promise<ArchiveSetting | undefined>;
  /**
   * One of them. What memory does not know is asked for: `undefined` means that it is not there, `unreadable` that it
   * is and cannot be read now.
   */
  find(fleet: string, id: string): Promise<One | "unreadable" | undefined>;
  /** What is known of one whose attempts fail; `undefined`, nearly always, when there is nothing. */
  targetHealthOf(fleet: string, id: string): Promise<TargetHealth | undefined>;
}

interface Memory<One extends IntegrationMatcher> {
  fleetRouting?: FleetRouting<One>;
  /** When the read began that they are from. */
  readAt: number;
  /** Until then the table is left alone. */
  staleUntil: number;
  reading?: Promise<void>;
}

/** What is remembered: the port as `route` has it, or as `deliver` does. */
export interface IntegrationSource<One extends IntegrationMatcher> {
  fleetRouting(fleet: string): Promise<FleetRouting<One>>;
  find(fleet: string, id: string): Promise<One | undefined>;
}

interface Deps<One extends IntegrationMatcher> {
  integrations: IntegrationSource<One>;
  now: () => number;
  onStale: (fleet: string, error: unknown) => void;
  /** Said of one when it begins, not at each read. */
  onUnreadable: (integration: { fleet: string; id: string }, error: Error) => void;
}

/**
 * Keeps the integrations of the fleets that have traffic, and whether they have listeners. What is older than `integrationsFreshMs` is read
 * again before it is used; when that fails, the old ones are used and the table is left alone for
 * `integrationsRetryMs`. Only a fleet that was never read fails. A fleet is read once at a time. One that alone cannot be read stays as
 * it was, if it was known.
 */
export const integrationCache = <One extends IntegrationMatcher>({
  integrations,
  now,
  onStale,
  onUnreadable,
}: Deps<One>): IntegrationCache<One> => {
  const memory = new BoundedMap<string, Memory<One>>(fleetsCachedMax);

  /** Makes it the last of the map, so that the first is the one that was not used for longest, and is forgotten. */
  const entryOf = (fleet: string): Memory<One> => {
    const entry: Memory<One> = memory.get(fleet) ?? {
      readAt: Number.NEGATIVE_INFINITY,
      staleUntil: 0,
    };
    memory.set(fleet, entry);
    return entry;
  };

  const read = async (fleet: string, entry: Memory<One>): Promise<void> => {
    // Counted from before the read: what is written while it runs may or may not be in it.
    const readAt = now();
    try {
      const found = await integrations.fleetRouting(fleet);
      for (const [id, error] of found.unreadable) {
        if (!entry.fleetRouting?.unreadable.has(id)) onUnreadable({ fleet, id }, error);
      }
      entry.fleetRouting = keepUnreadable(found, entry.fleetRouting);
      entry.readAt = readAt;
    } catch (error) {
      if (entry.fleetRouting === undefined) {
        memory.delete(fleet);
        throw error;
      }
      entry.staleUntil = now() + integrationsRetryMs;
      onStale(fleet, error);
    } finally {
      entry.reading = undefined;
    }
  };

  const readFleetRouting = async (fleet: string): Promise<FleetRouting<One>> => {
    const entry = entryOf(fleet);
    let asked = now();
    const isFresh = ({ readAt, staleUntil }: typeof entry): boolean => {
      const at = now();
      // A clock that was set back while this waits must not make every further read look too old.
      asked = Math.min(asked, at);
      const isRecent = asked < readAt + integrationsFreshMs && readAt <= at;
      return isRecent || isUnexpired(staleUntil, { now: at, ms: integrationsRetryMs });
    };
    for (;;) {
      const fresh = isFresh(entry);
      if (fresh && entry.fleetRouting !== undefined) return entry.fleetRouting;
      // A read under way may have begun too long ago to count; then another one follows it.
      entry.reading ??= read(fleet, entry);
      await entry.reading;
    }
  };

  return {
    async ofFleet(fleet) {
      const { integrations: known, unreadable } = await readFleetRouting(fleet);
      const ids = new Set(known.map(({ id }) => id));
      return { known, undecodableIds: [...unreadable.keys()].filter((id) => !ids.has(id)) };
    },
    listenedUntil: async (fleet) => (await readFleetRouting(fleet)).listenedUntil,
    archiveOf: async (fleet) => (await readFleetRouting(fleet)).archive,
    async targetHealthOf(fleet, id) {
      return (await readFleetRouting(fleet)).healthRecords.find(
        ({ integration }) => integration === id,
      );
    },
    async find(fleet, wanted) {
      // Memory may be older than an integration that another worker knows already: only the table says that there is none.
      const { integrations: all, unreadable } = await readFleetRouting(fleet);
      const known = all.find(({ id }) => id === wanted);
      if (known !== undefined) return known;
      return unreadable.has(wanted) ? "unreadable" : integrations.find(fleet, wanted);
    },
  };
};

/** What cannot be read now is what it was. */
const keepUnreadable = <One extends IntegrationMatcher>(
  found: FleetRouting<One>,
  former: FleetRouting<One> | undefined,
): FleetRouting<One> => {
  if (found.unreadable.size === 0) return found;
  const kept = former?.integrations.filter(({ id }) => found.unreadable.has(id)) ?? [];
  return { ...found, integrations: [...found.integrations, ...kept] };
};
