import {
  type CloudWatchClient,
  DeleteAlarmMuteRuleCommand,
  PutAlarmMuteRuleCommand,
  paginateDescribeAlarms,
} from "@aws-sdk/client-cloudwatch";
import { muteMinutesMax, muteTargetsMax, pagesMax } from "./limits.ts";

/** Alarms of a region that do not page. */
export interface Mute {
  /** The number of these alarms. */
  readonly alarms: number;
  /**
   * Ends the mute. CloudWatch then performs the actions of the alarms that are still in `ALARM`:
   * nothing is hidden, only delayed.
   * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarmMuteRule.html
   */
  end(): Promise<void>;
}

const minuteMs = 60_000;

/**
 * Mutes the alarms of the deployment in one region while it is updated: functions that are replaced
 * may fail for a moment. The mute begins with the next minute and ends by itself after
 * `muteMinutesMax` minutes, also if this process ends before. A rule has at most 100 alarms:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutAlarmMuteRule.html
 */
export const muteAlarms = async (cloudWatch: CloudWatchClient): Promise<Mute> => {
  const names = await pagingAlarms(cloudWatch);
  const start = new Date(Math.ceil((Date.now() + 1) / minuteMs) * minuteMs);
  const rules: string[] = [];
  const end = async (): Promise<void> => {
    for (const AlarmMuteRuleName of rules.splice(0)) {
      await cloudWatch.send(new DeleteAlarmMuteRuleCommand({ AlarmMuteRuleName }));
    }
  };
  try {
    for (let i = 0; i < names.length; i += muteTargetsMax) {
      const Name = `Godwit-Deployment-${i / muteTargetsMax + 1}`;
      await cloudWatch.send(
        new PutAlarmMuteRuleCommand({
          Name,
          Description: "A deployment of Godwit is in progress (npm run deploy).",
          Rule: {
            Schedule: {
              Expression: `at(${start.toISOString().slice(0, "yyyy-mm-ddThh:mm".length)})`,
              Duration: `PT${muteMinutesMax}M`,
              Timezone: "UTC",
            },
          },
          MuteTargets: { AlarmNames: names.slice(i, i + muteTargetsMax) },
        }),
      );
      rules.push(Name);
    }
  } catch (error) {
    await end();
    throw error;
  }
  return { alarms: names.length, end };
};

/** The names of the alarms of Godwit that have actions. */
const pagingAlarms = async (client: CloudWatchClient): Promise<string[]> => {
  const names: string[] = [];
  let pages = 0;
  const input = {
    AlarmNamePrefix: "Godwit-",
    AlarmTypes: ["MetricAlarm" as const, "CompositeAlarm" as const],
  };
  for await (const page of paginateDescribeAlarms({ client, pageSize: 100 }, input)) {
    for (const { AlarmName, AlarmActions = [] } of [
      ...(page.MetricAlarms ?? []),
      ...(page.CompositeAlarms ?? []),
    ]) {
      if (AlarmName !== undefined && AlarmActions.length > 0) names.push(AlarmName);
    }
    pages += 1;
    if (pages === pagesMax) break;
  }
  return names;
};
