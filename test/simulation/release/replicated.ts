import { memoryReleases, type ReleaseTable } from "../../memory/release/releases.ts";
import {
  memoryEnrolments,
  memoryPaceRows,
  memoryProgressRows,
  memoryReleaseFacts,
} from "../../memory/release/rows.ts";

/** A worker ended after a write. */
export class Crashed extends Error {}

interface Options {
  readonly now: () => number;
  /** How long a write takes to reach another region. */
  readonly lagMs: () => number;
  /** Whether the worker ends after this write. */
  readonly crashes: () => boolean;
}

const openStores = (region: string, table: ReleaseTable) => ({
  releases: memoryReleases(table),
  facts: memoryReleaseFacts(),
  enrolments: memoryEnrolments(),
  progress: memoryProgressRows(region),
  pace: memoryPaceRows(region),
});

type Stores = ReturnType<typeof openStores>;

/**
 * The rows of releases in several regions. A write reaches the other regions later. A region that
 * is lost neither sends nor receives until it is back.
 */
export const replicatedStores = (regions: readonly string[], { now, lagMs, crashes }: Options) => {
  const table: ReleaseTable = { all: new Map(), active: new Set(), turns: new Map() };
  const stores = new Map(regions.map((region) => [region, openStores(region, table)]));
  const lost = new Set<string>();
  let queue: { at: number; from: string; to: string; apply: (to: Stores) => void }[] = [];

  const replicate = (from: string, apply: (to: Stores) => void): void => {
    for (const to of regions) {
      if (to !== from) queue.push({ at: now() + lagMs(), from, to, apply });
    }
    if (crashes()) throw new Crashed("the worker ended");
  };

  /** The stores as a region uses them. */
  const of = (region: string): Stores => {
    const own = stores.get(region) ?? openStores(region, table);
    return {
      releases: own.releases,
      facts: {
        ...own.facts,
        async add(fact) {
          await own.facts.add(fact);
          replicate(region, (to) => void to.facts.add(fact));
        },
      },
      enrolments: {
        ...own.enrolments,
        async put(all) {
          await own.enrolments.put(all);
          replicate(region, (to) => void to.enrolments.put(all));
        },
      },
      progress: {
        ...own.progress,
        async put(row) {
          const isPut = await own.progress.put(row);
          if (isPut) replicate(region, (to) => put(to.progress.rows, row, row.device));
          return isPut;
        },
      },
      pace: {
        ...own.pace,
        async put(row) {
          const isPut = await own.pace.put(row);
          if (isPut) replicate(region, (to) => put(to.pace.rows, row));
          return isPut;
        },
      },
    };
  };

  /** Delivers the writes that have arrived by now. */
  const deliver = (): void => {
    const isDue = (one: (typeof queue)[number]): boolean =>
      one.at <= now() && !lost.has(one.from) && !lost.has(one.to);
    const due = queue.filter(isDue);
    queue = queue.filter((one) => !isDue(one));
    for (const { to, apply } of due) {
      const own = stores.get(to);
      if (own !== undefined) apply(own);
    }
  };
  return { of, deliver, lost };
};

interface Row {
  readonly release: string;
  readonly region: string;
  readonly revision: number;
}

/** A row of another region: the latest one counts. */
const put = <One extends Row>(rows: Map<string, Map<string, One>>, row: One, device?: string) => {
  const own = rows.get(row.release) ?? new Map<string, One>();
  const key = device === undefined ? row.region : `${device}#${row.region}`;
  if ((own.get(key)?.revision ?? 0) < row.revision) own.set(key, row);
  rows.set(row.release, own);
};
