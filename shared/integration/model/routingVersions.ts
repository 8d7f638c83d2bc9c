import { isUnexpired } from "../../platform/isUnexpired.ts";
import { integrationsFreshMs, integrationsRetryMs } from "./limits.ts";
import { type RoutingChanges, routingShardOf } from "./routingChanges.ts";

/** The version of a fleet's routing, as a worker knows it. Times are in milliseconds since 1970. */
export interface RoutingVersion {
  readonly version: string;
  /** Start of the read that first returned this version to the worker. */
  readonly since: number;
}

/** The versions that a worker knows. */
export interface RoutingVersions {
  /** Returns the last known version, of any age. `undefined` before the first read. */
  last(fleet: string): RoutingVersion | undefined;
  /**
   * Returns the version as of a read that started less than `integrationsFreshMs` before now, at
   * once if there is such a read. `undefined` if the versions cannot be read. Never rejects.
   */
  current(fleet: string): RoutingVersion | undefined | Promise<RoutingVersion | undefined>;
}

interface Deps {
  changes: RoutingChanges;
  now: () => number;
  /** Called when the versions cannot be read: fleets are read one by one meanwhile. */
  onError: (error: unknown) => void;
}

/**
 * Reads the versions of all fleets at most once per `integrationsFreshMs`. After an error it pauses
 * for `integrationsRetryMs`.
 */
export const routingVersions = ({ changes, now, onError }: Deps): RoutingVersions => {
  let known: readonly RoutingVersion[] = [];
  let readAt = Number.NEGATIVE_INFINITY;
  let pausedUntil = 0;
  let reading: Promise<void> | undefined;

  const read = async (): Promise<void> => {
    // Measured from the start of the read: a change during the read may be missing from it.
    const at = now();
    try {
      const versions = await changes.read();
      known = versions.map((version, shard) => {
        const before = known[shard];
        return before?.version === version ? before : { version, since: at };
      });
      readAt = at;
    } catch (error) {
      pausedUntil = now() + integrationsRetryMs;
      onError(error);
    } finally {
      reading = undefined;
    }
  };

  const last = (fleet: string): RoutingVersion | undefined => known[routingShardOf(fleet)];

  const isFresh = (asked: number): boolean =>
    asked < readAt + integrationsFreshMs && readAt <= now();

  const readCurrent = async (fleet: string, asked: number): Promise<RoutingVersion | undefined> => {
    // A pending read may have started too early. Then another one follows.
    for (let reads = 0; ; reads += 1) {
      if (isFresh(asked)) return last(fleet);
      const isPaused = isUnexpired(pausedUntil, { now: now(), ms: integrationsRetryMs });
      if (isPaused || reads === 2) return undefined;
      reading ??= read();
      await reading;
    }
  };

  return {
    last,
    current(fleet) {
      const asked = now();
      return isFresh(asked) ? last(fleet) : readCurrent(fleet, asked);
    },
  };
};
