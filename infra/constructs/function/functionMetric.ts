import { Duration } from "aws-cdk-lib";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
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
