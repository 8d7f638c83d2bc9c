import type { Alarms } from "../alarms.ts";
import type { Metric } from "../metric/metric.ts";
import type { MetricStore } from "../metric/metricStore.ts";
import { muteRule, muteStatus } from "../mute/muteRule.ts";
import { describeAlarms } from "./describeAlarms.ts";
import { invalidParameter, notFound } from "./errors.ts";
import { getMetricData } from "./getMetricData.ts";
import type { Input, OperationName } from "./inputs.ts";
import { pageOf } from "./page.ts";
import { contributorViews, historyView, muteRuleSummary, muteRuleView } from "./views.ts";

export interface OperationDeps {
  readonly region: string;
  readonly account: string;
  readonly store: Pick<MetricStore, "put" | "putSet" | "find" | "select" | "all">;
  readonly alarms: Alarms;
  readonly quotaOf: (metric: Metric) => number | undefined;
  /** The time in ms since 1970. */
  readonly now: () => number;
  /** How far CloudWatch's clock is ahead of the machine's. */
  readonly offsetMs: () => number;
  /** Runs a change while no alarm is evaluated. */
  readonly inOrder: <T>(run: () => Promise<T>) => Promise<T>;
}

type Operations = {
  readonly [Name in OperationName]: (input: Input<Name>) => object | Promise<object>;
};

/**
 * The operations of CloudWatch that are supported here.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Operations.html
 */
export const cloudWatchOperations = (deps: OperationDeps): Operations => ({
  ...alarmOperations(deps),
  ...metricOperations(deps),
  ...muteOperations(deps),
});

type AlarmOperation =
  | "DescribeAlarms"
  | "DescribeAlarmHistory"
  | "DescribeAlarmContributors"
  | "SetAlarmState"
  | "EnableAlarmActions"
  | "DisableAlarmActions";

const alarmOperations = ({ alarms, inOrder }: OperationDeps): Pick<Operations, AlarmOperation> => {
  const find = (name: string) => {
    const found = alarms.find(name);
    if (found === undefined) throw notFound(`There is no alarm ${name}.`);
    return found;
  };
  const setActions = (names: readonly string[], isEnabled: boolean) => {
    for (const name of names) alarms.setActionsEnabled(name, isEnabled);
    return {};
  };
  return {
    DescribeAlarms: (input) => describeAlarms(alarms, input),
    DescribeAlarmHistory: (input) => describeHistory(alarms, input),
    DescribeAlarmContributors({ AlarmName, NextToken }) {
      const all = contributorViews(find(AlarmName).status);
      const { items, ...next } = pageOf(all, { NextToken, max: 100 });
      return { AlarmContributors: items, ...next };
    },
    async SetAlarmState({ AlarmName, StateValue, StateReason, StateReasonData }) {
      const { alarm } = find(AlarmName);
      if (StateReasonData !== undefined) checkJson(StateReasonData);
      const data = StateReasonData === undefined ? {} : { data: StateReasonData };
      const reason = { text: StateReason, ...data };
      await inOrder(() => alarms.setState(alarm.name, { state: StateValue, reason }));
      return {};
    },
    EnableAlarmActions: ({ AlarmNames }) => setActions(AlarmNames, true),
    DisableAlarmActions: ({ AlarmNames }) => setActions(AlarmNames, false),
  };
};

const checkJson = (text: string): void => {
  try {
    JSON.parse(text);
  } catch {
    throw invalidParameter("StateReasonData is not JSON.");
  }
};

const describeHistory = (
  { history }: Pick<Alarms, "history">,
  input: Input<"DescribeAlarmHistory">,
): object => {
  const { AlarmName, AlarmContributorId, AlarmTypes, HistoryItemType, StartDate, EndDate } = input;
  const selected = history.filter(
    ({ alarm, alarmType, contributor, at, type }) =>
      (AlarmName === undefined || alarm === AlarmName) &&
      (AlarmContributorId === undefined || contributor?.id === AlarmContributorId) &&
      (AlarmTypes ?? ["MetricAlarm", "CompositeAlarm"]).includes(alarmType) &&
      (HistoryItemType === undefined || type === HistoryItemType) &&
      at >= (StartDate ?? at) &&
      at <= (EndDate ?? at),
  );
  const ordered = input.ScanBy === "TimestampAscending" ? selected.toReversed() : selected;
  const { items, ...next } = pageOf(ordered, { NextToken: input.NextToken, max: input.MaxRecords });
  return { AlarmHistoryItems: items.map(historyView), ...next };
};

type MetricOperation = "PutMetricData" | "GetMetricData" | "ListMetrics";

const metricOperations = (deps: OperationDeps): Pick<Operations, MetricOperation> => ({
  PutMetricData({ Namespace, MetricData }) {
    for (const datum of MetricData) putDatum(Namespace, datum, deps);
    return {};
  },
  GetMetricData: (input) => getMetricData(deps, input),
  ListMetrics({ Namespace, MetricName, Dimensions, NextToken }) {
    const found = deps.store
      .all()
      .map(({ metric }) => metric)
      .filter(
        ({ namespace, name, dimensions }) =>
          (Namespace === undefined || namespace === Namespace) &&
          (MetricName === undefined || name === MetricName) &&
          Dimensions.every(({ Name, Value }) =>
            Value === undefined ? Name in dimensions : dimensions[Name] === Value,
          ),
      );
    const { items, ...next } = pageOf(found, { NextToken, max: 500 });
    return {
      Metrics: items.map(({ namespace, name, dimensions }) => ({
        Namespace: namespace,
        MetricName: name,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      })),
      ...next,
    };
  },
});

const putDatum = (
  namespace: string,
  datum: Input<"PutMetricData">["MetricData"][number],
  { store, now, offsetMs }: OperationDeps,
): void => {
  const { MetricName: name, Timestamp, StatisticValues, Value, Values, Counts } = datum;
  const dimensions = Object.fromEntries(datum.Dimensions.map((each) => [each.Name, each.Value]));
  const metric = { namespace, name, dimensions };
  const time = Timestamp === undefined ? now() : Timestamp + offsetMs();
  if (StatisticValues !== undefined) {
    const { Sum: sum, SampleCount: count, Minimum: min, Maximum: max } = StatisticValues;
    store.putSet(metric, { sum, count, min, max }, time);
    return;
  }
  if (Value !== undefined) store.put({ ...metric, value: Value, time });
  for (const [at, value] of (Values ?? []).entries()) {
    store.put({ ...metric, value, count: Counts?.[at] ?? 1, time });
  }
};

type MuteOperation =
  | "PutAlarmMuteRule"
  | "GetAlarmMuteRule"
  | "DeleteAlarmMuteRule"
  | "ListAlarmMuteRules";

const muteOperations = (deps: OperationDeps): Pick<Operations, MuteOperation> => {
  const { alarms, region, account, now, inOrder } = deps;
  return {
    PutAlarmMuteRule(input) {
      alarms.putMuteRule(
        validRule(() => muteRule(input, { name: input.Name, region, account, now: now() })),
      );
      return {};
    },
    GetAlarmMuteRule({ AlarmMuteRuleName }) {
      const found = alarms.muteRules.find(({ name }) => name === AlarmMuteRuleName);
      if (found === undefined) throw notFound(`There is no mute rule ${AlarmMuteRuleName}.`);
      return muteRuleView(found, now());
    },
    async DeleteAlarmMuteRule({ AlarmMuteRuleName }) {
      await inOrder(() => alarms.deleteMuteRule(AlarmMuteRuleName));
      return {};
    },
    ListAlarmMuteRules({ AlarmName, Statuses, MaxRecords, NextToken }) {
      const found = alarms.muteRules.filter(
        (rule) =>
          (AlarmName === undefined || rule.targets.has(AlarmName)) &&
          (Statuses === undefined || Statuses.includes(muteStatus(rule, now()))),
      );
      const { items, ...next } = pageOf(found, { NextToken, max: MaxRecords });
      const summaries = items.map((rule) => muteRuleSummary(rule, now()));
      return { AlarmMuteRuleSummaries: summaries, ...next };
    },
  };
};

const validRule = <T>(make: () => T): T => {
  try {
    return make();
  } catch (error) {
    throw invalidParameter(error instanceof Error ? error.message : String(error));
  }
};
