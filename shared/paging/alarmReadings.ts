import type { ActiveAlarm } from "../alarm/alarmStates.ts";
import { type AlarmText, parseAlarmText } from "../alarm/alarmText.ts";
import { component } from "../alarm/component.ts";
import { readingLagMs } from "./limits.ts";
import type { Reading, Signal } from "./reading.ts";
import { withoutLinks } from "./selfTest.ts";

/** A change of an alarm's state, as EventBridge reports it. */
export interface AlarmChange {
  readonly name: string;
  readonly region: string;
  readonly state: "OK" | "ALARM" | "INSUFFICIENT_DATA";
  readonly description: string;
  readonly isComposite: boolean;
  readonly reason: string;
  /** In milliseconds since 1970. */
  readonly at: number;
}

const sourceOf = (region: string): string => `alarms/${region}`;

/**
 * The alarms of a region, as CloudWatch has returned them. An alarm that holds its actions back, or
 * that has no data, does not page, and its page does not end.
 */
export const alarmReading = (
  region: string,
  active: readonly ActiveAlarm[],
  at: number,
): Reading => ({
  source: sourceOf(region),
  at,
  signals: active.filter(isFiring).map((alarm) => ({
    ...signalOf(alarm.name, region, alarm.text, alarm.reason),
    ...partsOf(alarm, active),
    since: alarm.since.getTime(),
  })),
  unknown: active.filter((alarm) => !isFiring(alarm)).map(({ name }) => name),
  lagMs: readingLagMs,
});

/**
 * The parts that cause an alarm. A composite alarm names the components of its whole group: the
 * page names the alarms of the group that are active, and only their components.
 */
const partsOf = (
  alarm: ActiveAlarm,
  active: readonly ActiveAlarm[],
): Pick<Signal, "slice"> & Partial<Pick<Signal, "components">> => {
  const texts = active
    .filter(({ name, state }) => state === "ALARM" && alarm.members.includes(name))
    .sort((one, other) => one.since.getTime() - other.since.getTime())
    .flatMap(({ text }) => text ?? []);
  if (texts.length === 0) return { slice: alarm.contributors };
  const affected = new Set(texts.flatMap(({ components }) => components));
  return {
    slice: [...new Set(texts.map(({ sentence }) => sentence))],
    components: component.options.filter((name) => affected.has(name)),
  };
};

const isFiring = ({ state, pages }: ActiveAlarm): boolean => state === "ALARM" && pages;

/**
 * The change of one alarm, which is not younger than `now`, whatever its clock says. Without data,
 * its state is not known.
 */
export const changeReading = (change: AlarmChange, now: number): Reading => {
  const { name, region, state, description, reason, at } = change;
  const signal = { ...signalOf(name, region, parseAlarmText(description), reason), since: at };
  return {
    source: sourceOf(region),
    at: Math.min(at, now),
    signals: state === "ALARM" ? [signal] : [],
    ended: state === "OK" ? [name] : [],
  };
};

/** Whether an alarm is not a part of a group: the composite alarm of its group pages instead. */
export const pagesByItself = (
  { isComposite, description }: AlarmChange,
  groupedArticles: readonly string[],
): boolean => {
  const article = parseAlarmText(description)?.runbook;
  return isComposite || article === undefined || !groupedArticles.includes(article);
};

const signalOf = (
  name: string,
  region: string,
  text: AlarmText | undefined,
  reason: string,
): Omit<Signal, "since"> => ({
  key: name,
  region,
  summary: text?.sentence ?? `The alarm ${name} is active.`,
  severity: text?.severity ?? "error",
  components: text?.components ?? [],
  runbook: text?.runbook,
  reason: withoutLinks(reason),
});
