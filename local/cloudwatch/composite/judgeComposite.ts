import type { CompositeAlarm } from "../alarm/definition.ts";
import type { AlarmState } from "../alarm/evaluate.ts";
import { longTime, type Reason } from "../alarm/reason.ts";
import type { AlarmStatus } from "../alarm/status.ts";
import type { StateView } from "../notice.ts";
import { alarmsOf, isRuleTrue } from "./alarmRule.ts";

/** An alarm of a composite alarm's rule. */
export interface Child {
  readonly arn: string;
  readonly status: AlarmStatus;
}

/** The state of a composite alarm by its rule, with the alarms that caused it. */
export interface CompositeJudgement {
  readonly state: AlarmState;
  readonly reason: Reason;
  readonly children: readonly { readonly arn: string; readonly state: StateView }[];
}

/**
 * Evaluates the rule of a composite alarm. Only at its creation a composite alarm "can be in
 * INSUFFICIENT_DATA state".
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
 */
export const judgeComposite = (
  { rule, arn }: CompositeAlarm,
  childOf: (alarm: string) => Child | undefined,
  { isNew }: { isNew: boolean },
): CompositeJudgement => {
  const isTrue = isRuleTrue(rule, (alarm) => childOf(alarm)?.status.state);
  const state = isTrue ? "ALARM" : "OK";
  const all = [...new Set(alarmsOf(rule))].map(childOf).filter((child) => child !== undefined);
  const inAlarm = all.filter(({ status }) => status.state === "ALARM");
  const causes = isTrue && inAlarm.length > 0 ? inAlarm : all;
  const children = causes.map(({ arn: child, status }) => ({ arn: child, state: view(status) }));
  const data = JSON.stringify({
    triggeringAlarms: children.map((child) => ({
      arn: child.arn,
      state: { value: child.state.value, timestamp: longTime(child.state.at) },
    })),
  });
  return { state, reason: { text: text(state, { arn, all, isNew }), data }, children };
};

const view = ({ state, reason, transitionedAt }: AlarmStatus): StateView => ({
  value: state,
  reason,
  at: transitionedAt,
});

const text = (
  state: AlarmState,
  { arn, all, isNew }: { arn: string; all: readonly Child[]; isNew: boolean },
): string => {
  const [latest] = all.toSorted(
    (one, other) => other.status.transitionedAt - one.status.transitionedAt,
  );
  if (isNew || latest === undefined) {
    return `${arn} was created and its alarm rule evaluates to ${state}`;
  }
  const { status } = latest;
  return `${latest.arn} transitioned to ${status.state} at ${spokenTime(status.transitionedAt)}`;
};

const spoken = new Intl.DateTimeFormat("en-GB", {
  timeZone: "UTC",
  weekday: "long",
  day: "2-digit",
  month: "long",
  year: "numeric",
});

/** `Friday 22 July, 2022 15:57:45 UTC`. */
const spokenTime = (ms: number): string => {
  const part = (type: string) =>
    spoken.formatToParts(ms).find((each) => each.type === type)?.value ?? "";
  const date = `${part("weekday")} ${part("day")} ${part("month")}, ${part("year")}`;
  return `${date} ${new Date(ms).toISOString().slice(11, 19)} UTC`;
};
