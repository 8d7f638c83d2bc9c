import type { ActiveAlarm, AlarmStates } from "../alarm/alarmStates.ts";
import { severity } from "../alarm/alarmText.ts";
import { incidentsListedDays } from "../notice/limits.ts";
import type { Heartbeats } from "../paging/heartbeats.ts";
import { listPages } from "../paging/managePages.ts";
import type { PageStore } from "../paging/pageStore.ts";
import type { SelfTests } from "../paging/selfTest.ts";
import { dayMs } from "../platform/durations.ts";
import type { DrillResult } from "../status/drills/drillResult.ts";
import { isOpen } from "../status/incident.ts";
import type { IncidentRecords } from "../status/incidentRecords.ts";
import { incidentsFrom } from "../status/incidentsFrom.ts";
import { askSources, sources, type Unavailable } from "./askSources.ts";
import { componentsNow } from "./componentsNow.ts";
import { alarmsListedMax, drillsListedMax, queuesListedMax } from "./limits.ts";
import type { Operations } from "./operations.ts";
import { heartbeatsNow, pagesNow, selfTestNow } from "./pagingNow.ts";
import { problemsOf } from "./problemsOf.ts";
import type { RegionMetrics, RegionReading } from "./regionMetrics.ts";

export interface OperationsDeps {
  /** The region that answers. */
  readonly region: string;
  readonly regions: readonly string[];
  readonly alarms: AlarmStates;
  readonly metrics: RegionMetrics;
  readonly records: Pick<IncidentRecords, "list">;
  readonly pages: PageStore;
  readonly selfTests: Pick<SelfTests, "latest">;
  readonly heartbeats: Pick<Heartbeats, "list">;
  /** The recorded drills, oldest first. */
  readonly drills: readonly DrillResult[];
  /** How long a source may take. */
  readonly sourceMs: number;
  readonly now: () => number;
  readonly onError: (what: string, error: Error) => void;
}

/**
 * Reads the state of the deployment from all of its sources at the same time. A source that does
 * not answer within `sourceMs` is named in `unavailable`; this never fails.
 */
export const readOperations = async (deps: OperationsDeps): Promise<Operations> => {
  const { region, regions, drills } = deps;
  const { ask, unavailable } = askSources(deps);
  const now = deps.now();
  const ofRegions = <Answer>(
    source: "alarms" | "metrics",
    read: (region: string) => Promise<Answer>,
  ): Promise<ReadonlyMap<string, Answer>> =>
    byRegion(regions, (one) => ask({ source, region: one }, () => read(one)));
  const [alarms, metrics, records, pages, selfTests, heartbeats] = await Promise.all([
    ofRegions("alarms", (one) => deps.alarms.active(one)),
    ofRegions("metrics", (one) => deps.metrics.read(one)),
    ask({ source: "incidents" }, () => deps.records.list(now - incidentsListedDays * dayMs)),
    ask({ source: "pages" }, async () => pagesNow(await listPages({}, deps))),
    ask({ source: "self-tests" }, () =>
      Promise.all(
        regions.map(async (one) => selfTestNow(one, await deps.selfTests.latest(one), now)),
      ),
    ),
    ask({ source: "heartbeats" }, async () => {
      const found = await Promise.all(regions.map((by) => deps.heartbeats.list(by)));
      return heartbeatsNow(found.flat(), regions, now);
    }),
  ]);
  const firing = [...alarms.values()].flat().filter(({ state }) => state === "ALARM");
  const found = {
    at: now,
    region,
    regions,
    unavailable: unavailable.toSorted(inOrder),
    components: componentsNow({ regions, records: records ?? [], alarms, now }),
    firing: firing.length,
    alarms: firing.sort(mostSevereFirst).slice(0, alarmsListedMax),
    ...partsOf(metrics),
    pages,
    selfTests,
    heartbeats,
    incidents: records && incidentsFrom(records, now).filter(isOpen),
    drills: drills.slice(-drillsListedMax).toReversed(),
  };
  return { ...found, problems: problemsOf(found) };
};

/** The answers of the regions that answered, in the order of the regions. */
const byRegion = async <Answer>(
  regions: readonly string[],
  ask: (region: string) => Promise<Answer | undefined>,
): Promise<ReadonlyMap<string, Answer>> => {
  const answers = await Promise.all(
    regions.map(async (region): Promise<[string, Answer][]> => {
      const answer = await ask(region);
      return answer === undefined ? [] : [[region, answer]];
    }),
  );
  return new Map(answers.flat());
};

/** The parts of the reply that metrics tell. */
const partsOf = (
  metrics: ReadonlyMap<string, RegionReading>,
): Pick<Operations, "queues" | "ledger" | "canaries"> => {
  const read = [...metrics];
  return {
    queues: read.flatMap(([region, { queues }]) =>
      queues.slice(0, queuesListedMax).map((queue) => ({ region, ...queue })),
    ),
    ledger: read.map(([region, { ledger: balance }]) => ({ region, balance })),
    canaries: read.map(([region, { canary: checks }]) => ({ region, checks })),
  };
};

const inOrder = (one: Unavailable, other: Unavailable): number =>
  sources.indexOf(one.source) - sources.indexOf(other.source) ||
  (one.region ?? "").localeCompare(other.region ?? "", "en");

/** An alarm without a readable text comes last. */
const rank = ({ text }: ActiveAlarm): number =>
  text === undefined ? severity.options.length : severity.options.indexOf(text.severity);

const mostSevereFirst = (one: ActiveAlarm, other: ActiveAlarm): number =>
  rank(one) - rank(other) || one.since.getTime() - other.since.getTime();
