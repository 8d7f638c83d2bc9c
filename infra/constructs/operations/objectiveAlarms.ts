import { Duration, Stack } from "aws-cdk-lib";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import type { Check } from "../../../shared/objective/check.ts";
import {
  burnRates,
  failingSentence,
  failureRatio,
  objectives,
  windowSentence,
} from "../../../shared/objective/objectives.ts";
import { canaryFailingMinutes } from "../../sizes.ts";
import type { Page, Pages } from "../pages.ts";

/** The part of the checks that failed, from 0 to 1. It is absent while the canary does not run. */
const failures = (scope: Construct, check: Check, minutes: number): Metric =>
  new Metric({
    namespace: "Godwit",
    metricName: "CanaryFailure",
    dimensionsMap: { check, region: Stack.of(scope).region },
    period: Duration.minutes(minutes),
    statistic: "avg",
  });

/**
 * The alarms of an objective: checks that fail one after the other, and two burn rates of its error
 * budget, each over a long and a short window. The composite alarm of its article pages.
 */
export const objectiveAlarms = (scope: Construct, check: Check, pages: Pages): void => {
  const objective = objectives[check];
  const { severity, components, runbook, everyMinutes = 1 } = objective;
  pages.when(scope, `${check}Fails`, {
    metric: failures(scope, check, everyMinutes),
    sentence: failingSentence(objective, canaryFailingMinutes),
    severity,
    components,
    runbook,
    threshold: 1,
    periods: canaryFailingMinutes + 1,
    datapoints: canaryFailingMinutes,
  });
  for (const burn of burnRates) {
    // One window alone is no problem of a customer.
    const window = (minutes: number): Page => ({
      metric: failures(scope, check, minutes),
      sentence: windowSentence(objective, burn, minutes),
      severity: "warning",
      components,
      runbook,
      threshold: failureRatio(objective, burn),
    });
    pages.whenBoth(scope, `${check}Burns${burn.longMinutes}`, [
      window(burn.longMinutes),
      window(Math.max(burn.shortMinutes, everyMinutes)),
    ]);
  }
};
