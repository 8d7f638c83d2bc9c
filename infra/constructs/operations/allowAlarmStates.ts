import { Stack } from "aws-cdk-lib";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { allow } from "../allow.ts";

/** Lets a function read the states of the alarms of regions, and what mutes them. */
export const allowAlarmStates = (worker: IFunction, regions: readonly string[]): void => {
  const { partition, account } = Stack.of(worker);
  allow(
    worker,
    ["cloudwatch:DescribeAlarms", "cloudwatch:DescribeAlarmContributors"],
    ["*"],
    "CloudWatch returns composite alarms only with this permission on all alarms.",
  );
  allow(
    worker,
    ["cloudwatch:ListAlarmMuteRules", "cloudwatch:GetAlarmMuteRule"],
    regions.map((region) => `arn:${partition}:cloudwatch:${region}:${account}:alarm-mute-rule:*`),
    "Any rule can mute an alarm of Godwit.",
  );
};
