import type { MetricSource } from "../../cloudwatch/metricSink.ts";
import { unknownRulesMax } from "../limits.ts";

/** Counts of a rule since the last collection. */
export interface RuleMeter {
  topicMatches: number;
  parseErrors: number;
  readonly actions: readonly ActionMeter[];
  readonly errorAction: ActionMeter | undefined;
}

/** Counts of an action, after its retries. */
export interface ActionMeter {
  /** As in the template: `Sqs`. */
  readonly type: string;
  successes: number;
  failures: number;
}

export const newActionMeter = (type: string): ActionMeter => ({ type, successes: 0, failures: 0 });

/** The metrics of topic rules. */
export interface RuleMeters extends MetricSource {
  add(ruleName: string, meter: RuleMeter): void;
  /** Counts a message to a rule that does not exist. */
  countNotFound(ruleName: string): void;
}

type Put = (name: string, value: number, dimensions: Readonly<Record<string, string>>) => void;

/**
 * The metrics of topic rules, by `RuleName`, and those of actions also by `ActionType`. A metric is
 * absent while there is nothing to count.
 * https://docs.aws.amazon.com/iot/latest/developerguide/metrics_dimensions.html#rulemetrics
 */
export const openRuleMeters = (): RuleMeters => {
  const meters = new Map<string, RuleMeter>();
  let notFound = new Map<string, number>();
  return {
    add: (ruleName, meter) => void meters.set(ruleName, meter),
    countNotFound(ruleName) {
      // A device chooses the name: the number of names is limited.
      const [last] = [...notFound.keys()].slice(-1);
      const isKnown = notFound.has(ruleName) || notFound.size < unknownRulesMax;
      const counted = isKnown ? ruleName : (last ?? ruleName);
      notFound.set(counted, (notFound.get(counted) ?? 0) + 1);
    },
    collect(sink, time) {
      const put: Put = (name, value, dimensions) => {
        if (value === 0) return;
        sink.put({ namespace: "AWS/IoT", name, dimensions, value, unit: "Count", time });
      };
      for (const [ruleName, meter] of meters) putRule(ruleName, meter, put);
      for (const [RuleName, count] of notFound) put("RuleNotFound", count, { RuleName });
      notFound = new Map();
    },
  };
};

const putRule = (RuleName: string, meter: RuleMeter, put: Put): void => {
  put("TopicMatch", meter.topicMatches, { RuleName });
  put("ParseError", meter.parseErrors, { RuleName });
  meter.topicMatches = 0;
  meter.parseErrors = 0;
  for (const action of meter.actions) {
    putAction(action, { success: "Success", failure: "Failure" }, { RuleName, put });
  }
  if (meter.errorAction === undefined) return;
  const names = { success: "ErrorActionSuccess", failure: "ErrorActionFailure" };
  putAction(meter.errorAction, names, { RuleName, put });
};

const putAction = (
  action: ActionMeter,
  names: { readonly success: string; readonly failure: string },
  { RuleName, put }: { RuleName: string; put: Put },
): void => {
  const dimensions = { RuleName, ActionType: action.type };
  put(names.success, action.successes, dimensions);
  put(names.failure, action.failures, dimensions);
  action.successes = 0;
  action.failures = 0;
};
