import { asError } from "../platform/asError.ts";
import { mapConcurrently } from "../platform/mapConcurrently.ts";
import type { DrillResult } from "./drills/drillResult.ts";
import type { AlarmRecord, IncidentRecord } from "./incidentRecord.ts";
import type { IncidentRecords } from "./incidentRecords.ts";
import { incidentsFrom } from "./incidentsFrom.ts";
import { latestRecords, recordKey } from "./latestRecords.ts";
import { filesAtOnceMax, historyDays, rewriteMs, unreadableMs } from "./limits.ts";
import { type MonitoredAlarm, type RegionAlarms, recordsFromAlarms } from "./recordsFromAlarms.ts";
import { type StatusFile, statusFiles } from "./render/statusFiles.ts";
import { timeText } from "./render/time.ts";
import type { PageSettings } from "./snapshot.ts";
import type { SiteState, StatusSite } from "./statusSite.ts";

export interface RenewDeps {
  readonly settings: PageSettings;
  readonly alarms: { active(region: string): Promise<readonly MonitoredAlarm[]> };
  readonly records: IncidentRecords;
  readonly site: StatusSite;
  readonly drills: readonly DrillResult[];
  readonly now: () => number;
  /**
   * Called for what could not be read or stored, while the page goes on with the last known copy.
   */
  readonly onError: (what: string, error: Error) => void;
}

/** What a run has done. */
export interface Renewal {
  readonly filesWritten: number;
  /** The incidents that this run showed for the first time, with their delay in milliseconds. */
  readonly shown: readonly { readonly incident: string; readonly delayMs: number }[];
}

const dayMs = 86_400_000;

/**
 * Renders the status page of all regions into the site of this region. The page continues while
 * CloudWatch in a region or the table of incidents does not respond, and says so. Only the site
 * itself must accept files.
 *
 * Files that have not changed are not written, except the first page, which states its time. The
 * first page is written last. A run that ends in between leaves the former first page, and the next
 * run writes the missing files: the hashes are stored after the files.
 */
export const renewStatusPage = async (deps: RenewDeps): Promise<Renewal> => {
  const before = await deps.site.readState();
  const [regions, read] = await Promise.all([
    Promise.all(deps.settings.regions.map((region) => readAlarms(region, before, deps))),
    readRecords(before, deps),
  ]);
  // After the reads: this is when the page shows what they found.
  const now = deps.now();
  const known = latestRecords([...read.records, ...(before?.unsaved ?? [])]);
  const changed = regions.flatMap((region) =>
    recordsFromAlarms(region, known.filter(isAlarmRecord), now),
  );
  const records = latestRecords([...known, ...changed]);
  const since = before?.since ?? now;
  const files = statusFiles({
    ...deps.settings,
    now,
    since,
    incidents: incidentsFrom(records, now),
    drills: deps.drills,
    problems: problemsOf(regions, read, now),
  });
  const isComplete = before === undefined || now - before.writtenAt >= rewriteMs;
  const stale = files.filter((file) => isComplete || before.files[file.path] !== file.version);
  await writeFiles(stale, deps.site);
  const due = records
    .filter(isAlarmRecord)
    .filter(isOneOf([...(before?.unsaved ?? []), ...changed]));
  // While the table cannot be read, it is not written: its record may be newer.
  const unsaved = read.isCurrent ? await save(due, deps) : due;
  await deps.site.putState({
    since,
    regions: regions.map(toStored),
    records,
    recordsReadAt: read.readAt,
    unsaved,
    files: Object.fromEntries(files.map((file) => [file.path, file.version])),
    writtenAt: isComplete ? now : before.writtenAt,
  });
  return { filesWritten: stale.length, shown: shownFirst(changed, known) };
};

const isAlarmRecord = (record: IncidentRecord): record is AlarmRecord => record.kind === "alarms";

/** The alarms of a region now; the last known ones if it does not respond. */
const readAlarms = async (
  region: string,
  before: SiteState | undefined,
  { alarms, now, onError }: RenewDeps,
): Promise<RegionAlarms> => {
  try {
    return { region, readAt: now(), alarms: await alarms.active(region) };
  } catch (error) {
    onError(`the alarms of ${region} were not read`, asError(error));
    const last = before?.regions.find((other) => other.region === region);
    // Without a former run, the time of the silence is not known. It begins now.
    if (last === undefined) return { region, readAt: now(), alarms: [] };
    return { ...last, alarms: last.alarms.map(fromStored) };
  }
};

interface ReadRecords {
  readonly records: readonly IncidentRecord[];
  readonly readAt: number;
  readonly isCurrent: boolean;
}

/** The records of all incidents; the last known ones if the table does not respond. */
const readRecords = async (
  before: SiteState | undefined,
  { records, now, onError }: RenewDeps,
): Promise<ReadRecords> => {
  try {
    const readAt = now();
    const found = await records.list(readAt - historyDays * dayMs);
    return { records: found, readAt, isCurrent: true };
  } catch (error) {
    onError("the incidents were not read", asError(error));
    const readAt = before?.recordsReadAt ?? 0;
    return { records: before?.records ?? [], readAt, isCurrent: false };
  }
};

const problemsOf = (regions: readonly RegionAlarms[], read: ReadRecords, now: number): string[] => [
  ...regions
    .filter(({ readAt }) => now - readAt >= unreadableMs)
    .map(
      ({ region, readAt }) =>
        `The monitoring of ${region} has not answered since ${timeText(readAt)}. The status of its components is unknown.`,
    ),
  ...(read.isCurrent
    ? []
    : [
        `The list of incidents cannot be read${read.readAt === 0 ? "" : ` since ${timeText(read.readAt)}`}. Alarms still set the status of the components; later messages from our staff are missing.`,
      ]),
];

/**
 * Writes the pages of incidents, then the files that link to them, then `summary.json` and the
 * first page: a reader never sees a part of a change first.
 */
const writeFiles = async (files: readonly StatusFile[], site: StatusSite): Promise<void> => {
  const isIncident = ({ path }: StatusFile): boolean => path.startsWith("incidents/");
  const write = ({ path, type, render }: StatusFile) =>
    site.putFile({ path, type, body: render() });
  const others = files.filter((file) => !isIncident(file));
  await mapConcurrently(files.filter(isIncident), filesAtOnceMax, write);
  await mapConcurrently(others.slice(0, -2), filesAtOnceMax, write);
  for (const file of others.slice(-2)) await write(file);
};

const isOneOf =
  (records: readonly AlarmRecord[]) =>
  (record: AlarmRecord): boolean =>
    records.includes(record);

/** Stores records, and returns those that the table did not accept. */
const save = async (
  due: readonly AlarmRecord[],
  { records, onError }: RenewDeps,
): Promise<AlarmRecord[]> => {
  const unsaved: AlarmRecord[] = [];
  for (const record of due) {
    try {
      await records.put(record);
    } catch (error) {
      onError("an incident was not stored", asError(error));
      unsaved.push(record);
    }
  }
  return unsaved;
};

const shownFirst = (
  changed: readonly AlarmRecord[],
  known: readonly IncidentRecord[],
): Renewal["shown"] => {
  const before = new Set(known.map(recordKey));
  return changed
    .filter((record) => !before.has(recordKey(record)))
    .map(({ incident, shownAt, detectedAt }) => ({ incident, delayMs: shownAt - detectedAt }));
};

const toStored = ({ region, readAt, alarms }: RegionAlarms): SiteState["regions"][number] => ({
  region,
  readAt,
  alarms: alarms.map(({ name, text, state, since, isComposite, hasActions }) => ({
    name,
    text,
    state,
    since: since.getTime(),
    isComposite,
    hasActions,
  })),
});

const fromStored = (alarm: SiteState["regions"][number]["alarms"][number]): MonitoredAlarm => ({
  ...alarm,
  text: alarm.text,
  since: new Date(alarm.since),
});
