import type { Alarm } from "../alarm/definition.ts";
import type { AlarmEntry } from "../alarmEngine.ts";
import type { Alarms } from "../alarms.ts";
import { alarmsOf } from "../composite/alarmRule.ts";
import { validationError } from "./errors.ts";
import type { Input } from "./inputs.ts";
import { pageOf } from "./page.ts";
import { childView, compositeAlarmView, metricAlarmView, parentView } from "./views.ts";

type Entry = Readonly<AlarmEntry>;

/**
 * The operation `DescribeAlarms`. "If you omit AlarmTypes, only metric alarms are returned, even if
 * composite alarms exist."
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
 */
export const describeAlarms = (
  alarms: Pick<Alarms, "entries" | "find">,
  input: Input<"DescribeAlarms">,
): object => {
  checkMembers(input);
  const { AlarmTypes, ChildrenOfAlarmName, ParentsOfAlarmName, NextToken, MaxRecords } = input;
  const isRelation = ChildrenOfAlarmName !== undefined || ParentsOfAlarmName !== undefined;
  const types = AlarmTypes ?? (isRelation ? ["MetricAlarm", "CompositeAlarm"] : ["MetricAlarm"]);
  const selected = select(alarms, input).filter(({ alarm }) => types.includes(typeOf(alarm)));
  const { items, ...next } = pageOf(selected, { NextToken, max: MaxRecords });
  const view = (entry: Entry): object => {
    if (ChildrenOfAlarmName !== undefined) return childView(entry);
    if (ParentsOfAlarmName !== undefined) return parentView(entry);
    const { alarm, status } = entry;
    return alarm.kind === "metric"
      ? metricAlarmView(alarm, status)
      : compositeAlarmView(alarm, status);
  };
  const ofKind = (kind: Alarm["kind"]) =>
    items.filter(({ alarm }) => alarm.kind === kind).map(view);
  return { MetricAlarms: ofKind("metric"), CompositeAlarms: ofKind("composite"), ...next };
};

const typeOf = ({ kind }: Alarm) => (kind === "metric" ? "MetricAlarm" : "CompositeAlarm");

/** "If this parameter is specified, you cannot specify AlarmNames", and so on. */
const checkMembers = (input: Input<"DescribeAlarms">): void => {
  const { ChildrenOfAlarmName, ParentsOfAlarmName, AlarmNames, AlarmNamePrefix } = input;
  if (AlarmNames !== undefined && AlarmNamePrefix !== undefined) {
    throw validationError("AlarmNames and AlarmNamePrefix must not be given together.");
  }
  const relation = ChildrenOfAlarmName ?? ParentsOfAlarmName;
  const others = [
    AlarmNames,
    AlarmNamePrefix,
    input.AlarmTypes,
    input.StateValue,
    input.ActionPrefix,
  ];
  const isBoth = ChildrenOfAlarmName !== undefined && ParentsOfAlarmName !== undefined;
  if (isBoth || (relation !== undefined && others.some((each) => each !== undefined))) {
    throw validationError(
      "ChildrenOfAlarmName and ParentsOfAlarmName allow no other parameters than MaxRecords and NextToken.",
    );
  }
};

const select = (
  { entries, find }: Pick<Alarms, "entries" | "find">,
  input: Input<"DescribeAlarms">,
): readonly Entry[] => {
  const { AlarmNames, AlarmNamePrefix = "", StateValue, ActionPrefix } = input;
  if (input.ChildrenOfAlarmName !== undefined) {
    const parent = find(input.ChildrenOfAlarmName)?.alarm;
    const children = parent?.kind === "composite" ? alarmsOf(parent.rule) : [];
    const names = new Set(children.map((child) => find(child)?.alarm.name));
    return entries.filter(({ alarm }) => names.has(alarm.name));
  }
  const child = input.ParentsOfAlarmName && find(input.ParentsOfAlarmName);
  if (input.ParentsOfAlarmName !== undefined) {
    return entries.filter(
      ({ alarm }) => alarm.kind === "composite" && isParent(alarm, child || undefined, find),
    );
  }
  return entries.filter(
    ({ alarm, status }) =>
      (AlarmNames === undefined || AlarmNames.includes(alarm.name)) &&
      alarm.name.startsWith(AlarmNamePrefix) &&
      (StateValue === undefined || status.state === StateValue) &&
      (ActionPrefix === undefined ||
        actionsOf(alarm).some((action) => action.startsWith(ActionPrefix))),
  );
};

const isParent = (
  alarm: Extract<Alarm, { kind: "composite" }>,
  child: Entry | undefined,
  find: Alarms["find"],
): boolean =>
  child !== undefined &&
  alarmsOf(alarm.rule).some((each) => find(each)?.alarm.name === child.alarm.name);

const actionsOf = ({ alarmActions, okActions, insufficientDataActions }: Alarm) => [
  ...alarmActions,
  ...okActions,
  ...insufficientDataActions,
];
