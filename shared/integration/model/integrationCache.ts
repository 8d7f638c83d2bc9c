import type { ArchiveSetting } from "../../event/archiveSetting.ts";
import { type FleetLimits, noLimits } from "../../limit/usageLimit.ts";
import { BoundedMap } from "../../platform/boundedMap.ts";
import { isUnexpired } from "../../platform/isUnexpired.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import type { TargetHealth } from "../../resilience/targetHealth.ts";
import type { Integration, IntegrationMatcher } from "./integration.ts";
import type { FleetRouting } from "./integrations.ts";
import {
  fleetsCachedMax,
  integrationsFreshMs,
  integrationsRetryMs,
  integrationsUnchangedMsMax,
  routingSettleMs,
} from "./limits.ts";
import type { RoutingVersion, RoutingVersions } from "./routingVersions.ts";

/** A consistent snapshot of a fleet's integrations. */
export interface CachedIntegrations<One extends IntegrationMatcher = Integration> {
  readonly known: readonly One[];
  /**
   * Ids of integrations that this worker has never been able to read: whether they match an event
   * is unknown.
   */
  readonly undecodableIds: readonly string[];
  /** The limits of usage of the fleet, and those that are reached. Absent: none. */
  readonly limits?: FleetLimits;
}

/** What the cache knows it returns at once: most deliveries wait for no read. */
type Cached<Value> = Value | Promise<Value>;

/** A worker's cache of integrations. */
export interface IntegrationCache<One extends IntegrationMatcher = Integration> {
  ofFleet(fleet: string): Cached<CachedIntegrations<One>>;
  listenedUntil(fleet: string): Cached<number>;
  archiveOf(fleet: string): Cached<ArchiveSetting | undefined>;
  /** The limits of usage of a fleet, and those that are reached. */
  limitsOf(fleet: string): Cached<FleetLimits>;
  /**
   * Returns an integration. Reads the table if it is not cached: `undefined` means that it does not
   * exist, `"unreadable"` that it exists and cannot be read now.
   */
  find(fleet: string, id: string): Cached<One | "unreadable" | undefined>;
  /** Returns the health of a failing integration. `undefined` in the usual case. */
  targetHealthOf(fleet: string, id: string): Cached<TargetHealth | undefined>;
}

interface Memory<One extends IntegrationMatcher> {
  fleetRouting?: FleetRouting<One>;
  /** When the read started. */
  readAt: number;
  /** The version that was known when the read started. */
  version?: string | undefined;
  /** No read before this time, because the last one failed. */
  staleUntil: number;
  reading?: Promise<void>;
}

/**
 * The source of cached integrations: for `route` only matchers, for `deliver` complete
 * integrations.
 */
export interface IntegrationSource<One extends IntegrationMatcher> {
  fleetRouting(fleet: string): Promise<FleetRouting<One>>;
  find(fleet: string, id: string): Promise<One | undefined>;
}

interface Deps<One extends IntegrationMatcher> {
  integrations: IntegrationSource<One>;
  /** Absent: no entry is used for longer than `integrationsFreshMs`. */
  versions?: RoutingVersions;
  now: () => number;
  onStale: (fleet: string, error: unknown) => void;
  /** Called when an integration becomes unreadable, not at each read. */
  onUnreadable: (integration: { fleet: string; id: string }, error: Error) => void;
}

/**
 * Caches the integrations of fleets with traffic.
 *
 * - An entry older than `integrationsFreshMs` is read again before use, unless its version is
 *   current: docs/adr/0049-counted-changes.md.
 * - If the read fails, the old entry is used, and the next read is after `integrationsRetryMs`.
 *   Only a fleet without an entry fails.
 * - Concurrent reads of a fleet share one request.
 * - An integration that becomes unreadable keeps its last known settings.
 */
export const integrationCache = <One extends IntegrationMatcher>({
  integrations,
  versions,
  now,
  onStale,
  onUnreadable,
}: Deps<One>): IntegrationCache<One> => {
  const memory = new BoundedMap<string, Memory<One>>(fleetsCachedMax);

  /** Marks the entry as most recently used: the map evicts the least recently used one. */
  const entryOf = (fleet: string): Memory<One> => {
    const entry: Memory<One> = memory.get(fleet) ?? {
      readAt: Number.NEGATIVE_INFINITY,
      staleUntil: 0,
    };
    memory.set(fleet, entry);
    return entry;
  };

  const read = async (fleet: string, entry: Memory<One>): Promise<void> => {
    // Measured from the start of the read: a write during the read may be missing from it.
    const readAt = now();
    const version = versions?.last(fleet)?.version;
    try {
      const found = await integrations.fleetRouting(fleet);
      for (const [id, error] of found.unreadable) {
        if (!entry.fleetRouting?.unreadable.has(id)) onUnreadable({ fleet, id }, error);
      }
      entry.fleetRouting = keepUnreadable(found, entry.fleetRouting);
      entry.readAt = readAt;
      entry.version = version;
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

  const readCurrent = async (
    fleet: string,
    entry: Memory<One>,
    firstAsked: number,
  ): Promise<FleetRouting<One>> => {
    let asked = firstAsked;
    for (;;) {
      if (entry.fleetRouting !== undefined) {
        // If the clock is set back during the wait, later reads must not look too old.
        asked = Math.min(asked, now());
        if (isFresh(entry, asked, now())) return entry.fleetRouting;
        const current = await versions?.current(fleet);
        if (isUnchanged(entry, current, now())) return entry.fleetRouting;
      }
      // A pending read may have started too early to be fresh. Then another one follows.
      entry.reading ??= read(fleet, entry);
      await entry.reading;
    }
  };

  const use: Use<One> = (fleet, choose) => {
    const entry = entryOf(fleet);
    const asked = now();
    const known = entry.fleetRouting;
    if (known !== undefined) {
      if (isFresh(entry, asked, asked)) return choose(known);
      const current = versions?.current(fleet);
      if (!(current instanceof Promise) && isUnchanged(entry, current, asked)) return choose(known);
    }
    return readCurrent(fleet, entry, asked).then(choose);
  };

  return lookups(use, integrations);
};

/** Chooses a value from a fleet's routing, which is read first if the cache may not use its own. */
type Use<One extends IntegrationMatcher> = <Value>(
  fleet: string,
  choose: (routing: FleetRouting<One>) => Cached<Value>,
) => Cached<Value>;

const lookups = <One extends IntegrationMatcher>(
  use: Use<One>,
  integrations: Pick<IntegrationSource<One>, "find">,
): IntegrationCache<One> => ({
  ofFleet: (fleet) => use(fleet, cachedOf),
  listenedUntil: (fleet) => use(fleet, ({ listenedUntil }) => listenedUntil),
  archiveOf: (fleet) => use(fleet, ({ archive }) => archive),
  limitsOf: (fleet) => use(fleet, ({ limits = noLimits }) => limits),
  targetHealthOf: (fleet, id) =>
    use(fleet, ({ healthRecords }) => healthRecords.find(({ integration }) => integration === id)),
  // The cache may lack an integration that another worker already knows. Only the table proves that
  // it does not exist.
  find: (fleet, wanted) =>
    use(fleet, ({ integrations: all, unreadable }) => {
      const known = all.find(({ id }) => id === wanted);
      if (known !== undefined) return known;
      return unreadable.has(wanted) ? "unreadable" : integrations.find(fleet, wanted);
    }),
});

const cachedOf = <One extends IntegrationMatcher>({
  integrations: known,
  unreadable,
  limits,
}: FleetRouting<One>): CachedIntegrations<One> => {
  const ids = new Set(known.map(({ id }) => id));
  const undecodableIds = [...unreadable.keys()].filter((id) => !ids.has(id));
  return { known, undecodableIds, ...omitUndefined({ limits }) };
};

/** Whether an entry was read recently, or is used because the last read failed. */
const isFresh = (
  { readAt, staleUntil }: Memory<IntegrationMatcher>,
  asked: number,
  now: number,
): boolean => {
  const isRecent = asked < readAt + integrationsFreshMs && readAt <= now;
  return isRecent || isUnexpired(staleUntil, { now, ms: integrationsRetryMs });
};

/**
 * Whether an entry has the current version, and was read long enough after this version appeared:
 * another region's counter may arrive before its rows.
 */
const isUnchanged = (
  { version, readAt }: Memory<IntegrationMatcher>,
  current: RoutingVersion | undefined,
  now: number,
): boolean =>
  current !== undefined &&
  version === current.version &&
  readAt >= current.since + routingSettleMs &&
  readAt <= now &&
  now < readAt + integrationsUnchangedMsMax;

/** Keeps the last known settings of unreadable integrations. */
const keepUnreadable = <One extends IntegrationMatcher>(
  found: FleetRouting<One>,
  former: FleetRouting<One> | undefined,
): FleetRouting<One> => {
  if (found.unreadable.size === 0) return found;
  const kept = former?.integrations.filter(({ id }) => found.unreadable.has(id)) ?? [];
  return { ...found, integrations: [...found.integrations, ...kept] };
};
