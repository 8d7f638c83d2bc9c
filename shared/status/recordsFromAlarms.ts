import type { AlarmText, Severity } from "../alarm/alarmText.ts";
import { components } from "../alarm/component.ts";
import type { ComponentStatus } from "./componentStatus.ts";
import { incidentIdOf } from "./incidentId.ts";
import type { Affected, AlarmRecord } from "./incidentRecord.ts";
import {
  affectedMax,
  alarmChangesMax,
  incidentAlarmsMax,
  joinMs,
  quietMs,
  unreadableMs,
} from "./limits.ts";
import { combined, placeKey } from "./places.ts";

/** An alarm of a region that is not OK. */
export interface MonitoredAlarm {
  readonly name: string;
  /** What its description states; undefined if that has another form. */
  readonly text: AlarmText | undefined;
  readonly state: "ALARM" | "INSUFFICIENT_DATA";
  readonly since: Date;
  readonly isComposite: boolean;
  /** Whether it has actions of its own. Others only contribute to a composite alarm. */
  readonly hasActions: boolean;
}

/** The alarms of a region as they were read last. */
export interface RegionAlarms {
  readonly region: string;
  /** When they were read last, in milliseconds since 1970. */
  readonly readAt: number;
  readonly alarms: readonly MonitoredAlarm[];
}

/** The status that an alarm sets. A major outage is for a person to state. */
const statuses: Readonly<Record<Severity, ComponentStatus>> = {
  critical: "partial_outage",
  error: "degraded_performance",
  warning: "operational",
};

/** The name of the alarm that stands for the alarms of a region that do not answer. */
const unreadableAlarm = "Godwit-status-alarms-unreadable";

/**
 * The records of incidents that the alarms of a region open, change or resolve at `now`. `known`
 * are the stored ones. Each region's status function calculates the same: the id depends on the
 * first component, the region and the start of the first alarm.
 *
 * - An alarm belongs to an open incident of its region that names it, shares a component with it or
 *   began within `joinMs` of it. Otherwise it opens one.
 * - An incident whose alarms are all OK for `quietMs` is resolved.
 * - If the alarms of the region were not read for `unreadableMs`, the last known ones count, and
 *   all components are degraded: their status is unknown.
 */
export const recordsFromAlarms = (
  region: RegionAlarms,
  known: readonly AlarmRecord[],
  now: number,
): AlarmRecord[] => {
  const open: Draft[] = known
    .filter((record) => record.region === region.region && record.resolvedAt === undefined)
    .sort((one, other) => one.detectedAt - other.detectedAt)
    .map((record) => ({ record, alarms: [] }));
  for (const alarm of firingAlarms(region, now)) {
    const draft = open.find(names(alarm)) ?? open.find(isRelated(alarm));
    if (draft) draft.alarms.push(alarm);
    else open.push({ record: newRecord(alarm, region.region, now), alarms: [alarm], isNew: true });
  }
  return open.flatMap((draft) => nextRecord(draft, now) ?? []);
};

/** An open incident with its alarms that fire now. */
interface Draft {
  readonly record: AlarmRecord;
  readonly alarms: Firing[];
  readonly isNew?: true;
}

interface Firing extends Pick<MonitoredAlarm, "name"> {
  readonly since: number;
  readonly text: Omit<AlarmText, "runbook">;
}

/**
 * The alarms that set a status. A composite alarm names the components of its whole group, and its
 * alarms name their own: its alarms count while it fires, and the composite alarm itself only if
 * none of them is known. Both have the same article. Muted alarms count: a mute rule holds back
 * pages, and the page is never green over a firing alarm.
 */
const firingAlarms = ({ region, readAt, alarms }: RegionAlarms, now: number): Firing[] => {
  const active = alarms.flatMap(({ text, state, ...alarm }) =>
    text !== undefined && state === "ALARM" ? [{ ...alarm, text }] : [],
  );
  const composites = active.filter(({ isComposite }) => isComposite);
  const parts = active.filter(({ isComposite }) => !isComposite);
  const isIn = (group: readonly { text: AlarmText }[], { text }: { text: AlarmText }): boolean =>
    group.some((other) => other.text.runbook === text.runbook);
  const counted = [
    ...parts.filter((part) => part.hasActions || isIn(composites, part)),
    ...composites.filter((composite) => !isIn(parts, composite)),
  ];
  const firing: Firing[] = counted
    .filter(({ text }) => isPublic(text))
    .map(({ name, text, since }) => ({ name, text, since: since.getTime() }));
  if (now - readAt >= unreadableMs) firing.push({ ...unreadable(region), since: readAt });
  return firing.sort((one, other) => one.since - other.since || (one.name < other.name ? -1 : 1));
};

const unreadable = (region: string): Omit<Firing, "since"> => ({
  name: unreadableAlarm,
  text: {
    sentence: `The alarms of ${region} cannot be read.`,
    severity: "error",
    components,
  },
});

const isPublic = ({ severity, components }: Firing["text"]): boolean =>
  severity !== "warning" && components.length > 0;

const names =
  ({ name }: Firing) =>
  ({ record, alarms }: Draft): boolean =>
    [...record.alarms, ...alarms].some((other) => other.name === name);

const isRelated =
  ({ text, since }: Firing) =>
  ({ record, alarms }: Draft): boolean => {
    if (Math.abs(since - record.detectedAt) <= joinMs) return true;
    const covered = [
      ...record.changes.flatMap(({ affected }) => affected.map(({ component }) => component)),
      ...alarms.flatMap((alarm) => alarm.text.components),
    ];
    return text.components.some((component) => covered.includes(component));
  };

const newRecord = ({ text, since }: Firing, region: string, now: number): AlarmRecord => ({
  kind: "alarms",
  incident: incidentIdOf(since, `${text.components[0]} ${region}`),
  region,
  detectedAt: since,
  shownAt: Math.max(now, since),
  changes: [{ at: since, affected: [], isUnreadable: false }],
  alarms: [],
});

/** The record after a change; undefined without one. */
const nextRecord = ({ record, alarms, isNew }: Draft, now: number): AlarmRecord | undefined => {
  const affected = affectedBy(alarms, record.region);
  const isUnreadable = alarms.length > 0 && alarms.every(({ name }) => name === unreadableAlarm);
  const before = record.changes.at(-1);
  if (before === undefined) return undefined;
  if (alarms.length === 0 && before.affected.length === 0) {
    return now - before.at >= quietMs ? { ...record, resolvedAt: now } : undefined;
  }
  const change = { at: changeTime(alarms, before.at, now), affected, isUnreadable };
  const hasChanged =
    isNew || before.isUnreadable !== isUnreadable || !isSame(before.affected, affected);
  const listed = alarms
    .slice(0, incidentAlarmsMax)
    .map(({ name, text, since }) => ({ name, since, sentence: text.sentence }));
  if (!hasChanged && listOf(listed) === listOf(record.alarms)) return undefined;
  return {
    ...record,
    alarms: listed,
    changes: hasChanged ? withChange(isNew ? [] : record.changes, change) : record.changes,
  };
};

/** The start of the newest alarm, which is the same in each region; for the end of alarms, now. */
const changeTime = (alarms: readonly Firing[], after: number, now: number): number => {
  const newest = Math.max(...alarms.map(({ since }) => since));
  return newest >= after && newest <= now ? newest : Math.max(now, after);
};

const withChange = (
  changes: AlarmRecord["changes"],
  change: AlarmRecord["changes"][number],
): AlarmRecord["changes"] => [...changes.slice(0, alarmChangesMax - 1), change];

const affectedBy = (alarms: readonly Firing[], region: string): Affected[] =>
  combined(
    alarms.map(({ text }) =>
      text.components.map((component) => ({
        component,
        region,
        status: statuses[text.severity],
      })),
    ),
  ).slice(0, affectedMax);

const isSame = (one: readonly Affected[], other: readonly Affected[]): boolean =>
  keysOf(one) === keysOf(other);

const listOf = (alarms: AlarmRecord["alarms"]): string =>
  alarms.map(({ name, since }) => `${name} ${since}`).join();

const keysOf = (places: readonly Affected[]): string =>
  places.map((place) => `${placeKey(place)} ${place.status}`).join();
