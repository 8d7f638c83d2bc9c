import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { allow } from "../allow.ts";
import { allowAlarmStates } from "./allowAlarmStates.ts";

/** Lets a function read the alarms of regions, what mutes them, and metrics. */
export const allowMonitoring = (reader: IFunction, regions: readonly string[]): void => {
  allowAlarmStates(reader, regions);
  allow(reader, ["cloudwatch:GetMetricData"], ["*"], "Metrics have no resource names.");
};
