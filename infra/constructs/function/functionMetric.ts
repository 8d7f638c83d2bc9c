import { Duration } from "aws-cdk-lib";
import { MathExpression, Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { FunctionName } from "../../../shared/platform/env.ts";

/**
 * A metric that a function writes: its maximum, or its sum, within `minutes`. It is absent when
 * there is nothing to count.
 */
export const functionMetric = (
  service: FunctionName,
  metricName: string,
  { minutes, statistic = "max" }: { minutes: number; statistic?: "max" | "sum" },
): Metric =>
  new Metric({
    namespace: "Godwit",
    metricName,
    dimensionsMap: { service },
    period: Duration.minutes(minutes),
    statistic,
  });

/**
 * A metric of each slice of functions, for example of each integration. Each slice is a contributor
 * of an alarm, which names it. The query reads only metrics with exactly these two dimensions.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/multi-time-series-alarm.html
 */
export const sliceMetric = (
  metricName: string,
  dimension: string,
  { minutes, statistic }: { minutes: number; statistic: "MAX" | "SUM" },
): MathExpression =>
  new MathExpression({
    expression: `SELECT ${statistic}(${metricName}) FROM SCHEMA("Godwit", ${dimension}, service) GROUP BY ${dimension}`,
    period: Duration.minutes(minutes),
    label: metricName,
  });
