import type { Enrolments } from "#shared/release/enrolments.ts";
import type { Enrolment } from "#shared/release/model/enrolment.ts";
import { type Fact, factKey } from "#shared/release/model/fact.ts";
import type { Pace } from "#shared/release/model/pace.ts";
import type { Progress } from "#shared/release/model/progress.ts";
import type { PaceRows, ProgressRows } from "#shared/release/progressRows.ts";
import type { ReleaseFacts } from "#shared/release/releaseFacts.ts";

/** Rows by the two parts of their key. */
export type Rows<Row> = Map<string, Map<string, Row>>;

const put = <Row>(rows: Rows<Row>, release: string, key: string, row: Row): void => {
  const own = rows.get(release) ?? new Map<string, Row>();
  rows.set(release, own.set(key, row));
};

const listed = <Row>(rows: Rows<Row>, release: string): Row[] => [
  ...(rows.get(release)?.values() ?? []),
];

/** The facts of releases in memory. */
export const memoryReleaseFacts = (
  rows: Rows<Fact> = new Map(),
): ReleaseFacts & { readonly rows: Rows<Fact> } => ({
  rows,
  list: async (release) => listed(rows, release),
  async add(fact) {
    const isKnown = rows.get(fact.release)?.has(factKey(fact)) ?? false;
    if (!isKnown) put(rows, fact.release, factKey(fact), fact);
  },
});

/** The targeted devices of releases in memory. */
export const memoryEnrolments = (
  rows: Rows<Enrolment> = new Map(),
): Enrolments & { readonly rows: Rows<Enrolment> } => ({
  rows,
  find: async (release, device) => rows.get(release)?.get(device),
  async page(release, { limit, after = "" }) {
    const own = listed(rows, release)
      .filter(({ device }) => device > after)
      .toSorted((one, other) => (one.device < other.device ? -1 : 1));
    return { enrolments: own.slice(0, limit), hasMore: own.length > limit };
  },
  async put(enrolments) {
    for (const one of enrolments) put(rows, one.release, one.device, one);
  },
});

/** The progress of devices in memory, as one region writes it. */
export const memoryProgressRows = (
  region = "us-east-1",
  rows: Rows<Progress> = new Map(),
): ProgressRows & { readonly rows: Rows<Progress> } => ({
  rows,
  async of(release, device) {
    const own = rows.get(release);
    return regionsOf(own).flatMap((where) => own?.get(`${device}#${where}`) ?? []);
  },
  async page(release, { limit, after = "" }) {
    const later = listed(rows, release).filter(({ device }) => device > after);
    const devices = [...new Set(later.map(({ device }) => device))].toSorted();
    const own = new Set(devices.slice(0, limit));
    return {
      rows: later.filter(({ device }) => own.has(device)).toSorted(byDevice),
      hasMore: devices.length > limit,
    };
  },
  async put(progress) {
    const key = `${progress.device}#${region}`;
    const before = rows.get(progress.release)?.get(key);
    if ((before?.revision ?? 0) !== progress.revision - 1) return false;
    put(rows, progress.release, key, { ...progress, region });
    return true;
  },
});

const known = new WeakMap<Map<string, Progress>, { size: number; regions: string[] }>();

/** The regions that have rows: tests read the rows of a device often. */
const regionsOf = (rows: Map<string, Progress> | undefined): string[] => {
  if (rows === undefined) return [];
  const before = known.get(rows);
  if (before?.size === rows.size) return before.regions;
  const regions = [...new Set([...rows.values()].map(({ region }) => region))];
  known.set(rows, { size: rows.size, regions });
  return regions;
};

const byDevice = (one: Progress, other: Progress): number =>
  `${one.device}#${one.region}` < `${other.device}#${other.region}` ? -1 : 1;

/** The slots of releases in memory, as one region writes them. */
export const memoryPaceRows = (
  region = "us-east-1",
  rows: Rows<Pace> = new Map(),
): PaceRows & { readonly rows: Rows<Pace> } => ({
  rows,
  find: async (release) => rows.get(release)?.get(region),
  list: async (release) => listed(rows, release),
  async put(pace) {
    const before = rows.get(pace.release)?.get(region);
    if ((before?.revision ?? 0) !== pace.revision - 1) return false;
    put(rows, pace.release, region, { ...pace, region });
    return true;
  },
});
