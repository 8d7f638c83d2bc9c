import { BoundedMap } from "../../platform/boundedMap.ts";
import { isUnexpired } from "../../platform/isUnexpired.ts";
import type { Outlet } from "./integration.ts";
import type { KnownIntegrations, Outlets } from "./integrations.ts";
import { fleetsCachedMax, integrationsFreshMs, integrationsRetryMs } from "./limits.ts";

interface Memory<One extends Outlet> {
  outlets?: Outlets<One>;
  /** When the read began that they are from. */
  readAt: number;
  /** Until then the table is left alone. */
  staleUntil: number;
  reading?: Promise<void>;
}

/** What is remembered: the port as `route` has it, or as `deliver` does. */
export interface RememberedIntegrations<One extends Outlet> {
  outlets(fleet: string): Promise<Outlets<One>>;
  find(fleet: string, id: string): Promise<One | undefined>;
}

interface Deps<One extends Outlet> {
  integrations: RememberedIntegrations<One>;
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
export const rememberIntegrations = <One extends Outlet>({
  integrations,
  now,
  onStale,
  onUnreadable,
}: Deps<One>): KnownIntegrations<One> => {
  const memory = new BoundedMap<string, Memory<One>>(fleetsCachedMax);

  /** Makes it the last of the map, so that the first is the one that was not used for longest, and is forgotten. */
  const recall = (fleet: string): Memory<One> => {
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
      const found = await integrations.outlets(fleet);
      for (const [id, error] of found.unreadable) {
        if (!entry.outlets?.unreadable.has(id)) onUnreadable({ fleet, id }, error);
      }
      entry.outlets = withFormer(found, entry.outlets);
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

  const outletsOf = async (fleet: string): Promise<Outlets<One>> => {
    const entry = recall(fleet);
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
      if (fresh && entry.outlets !== undefined) return entry.outlets;
      // A read under way may have begun too long ago to count; then another one follows it.
      entry.reading ??= read(fleet, entry);
      await entry.reading;
    }
  };

  return {
    async ofFleet(fleet) {
      const { integrations: known, unreadable } = await outletsOf(fleet);
      const ids = new Set(known.map(({ id }) => id));
      return { known, unread: [...unreadable.keys()].filter((id) => !ids.has(id)) };
    },
    listenedUntil: async (fleet) => (await outletsOf(fleet)).listenedUntil,
    archiveOf: async (fleet) => (await outletsOf(fleet)).archive,
    async troubleOf(fleet, id) {
      return (await outletsOf(fleet)).troubles.find(({ integration }) => integration === id);
    },
    async find(fleet, wanted) {
      // Memory may be older than an integration that another worker knows already: only the table says that there is none.
      const { integrations: all, unreadable } = await outletsOf(fleet);
      const known = all.find(({ id }) => id === wanted);
      if (known !== undefined) return known;
      return unreadable.has(wanted) ? "unreadable" : integrations.find(fleet, wanted);
    },
  };
};

/** What cannot be read now is what it was. */
const withFormer = <One extends Outlet>(
  found: Outlets<One>,
  former: Outlets<One> | undefined,
): Outlets<One> => {
  if (found.unreadable.size === 0) return found;
  const kept = former?.integrations.filter(({ id }) => found.unreadable.has(id)) ?? [];
  return { ...found, integrations: [...found.integrations, ...kept] };
};
