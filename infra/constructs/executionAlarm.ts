import { Duration } from "aws-cdk-lib";
import { MathExpression, Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import { executionsMinutesMax, sizeOf } from "../sizes.ts";
import { type Pages, sustained } from "./pages.ts";

const period = Duration.minutes(1);

/** A metric of Lambda over all functions of the account in this region. */
const ofAccount = (metricName: string): Metric =>
  new Metric({ namespace: "AWS/Lambda", metricName, statistic: "max", period });

/**
 * Pages before the functions of the account, including those of other applications, use up its
 * quota of concurrent executions. `SERVICE_QUOTA` is the quota of the account, not a default.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-concurrency.html#claimed-account-concurrency
 */
export const watchExecutions = (scope: Construct, pages: Pages): void => {
  const { executionsPercentMax } = sizeOf(scope);
  pages.when(scope, "Executions", {
    metric: new MathExpression({
      expression: "100 * claimed / SERVICE_QUOTA(executions)",
      usingMetrics: {
        claimed: ofAccount("ClaimedAccountConcurrency"),
        executions: ofAccount("ConcurrentExecutions"),
      },
      period,
      label: "Concurrent executions in percent of the quota",
    }),
    sentence: `The functions of the account have used ${executionsPercentMax} % of its concurrent executions for ${executionsMinutesMax} minutes.`,
    severity: "error",
    components: ["events", "integrations", "calls", "streams", "api", "management"],
    runbook: "the-account-runs-out-of-executions",
    threshold: executionsPercentMax,
    ...sustained(executionsMinutesMax),
  });
};
