import * as z from "zod/mini";
import { muteRulesReadMax } from "../../alarm/limits.ts";
import type { CloudWatchCall } from "./cloudWatch.ts";

const rules = z.object({
  AlarmMuteRuleSummaries: z.optional(z.array(z.object({ AlarmMuteRuleArn: z.string() }))),
});

const rule = z.object({
  MuteTargets: z.optional(z.object({ AlarmNames: z.array(z.string()) })),
});

/**
 * The alarms whose actions an active mute rule holds back. If CloudWatch does not answer, none: a
 * page too many is better than a page too few.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListAlarmMuteRules.html
 */
export const mutedAlarms = async (
  call: CloudWatchCall,
  onError: (what: string, error: unknown) => void,
): Promise<ReadonlySet<string>> => {
  try {
    const { AlarmMuteRuleSummaries = [] } = rules.parse(
      await call("ListAlarmMuteRules", { Statuses: ["ACTIVE"], MaxRecords: muteRulesReadMax }),
    );
    const muted = await Promise.all(
      AlarmMuteRuleSummaries.map(async ({ AlarmMuteRuleArn }) => {
        const name = AlarmMuteRuleArn.split(":alarm-mute-rule:").at(-1);
        const { MuteTargets } = rule.parse(
          await call("GetAlarmMuteRule", { AlarmMuteRuleName: name }),
        );
        return MuteTargets?.AlarmNames ?? [];
      }),
    );
    return new Set(muted.flat());
  } catch (error) {
    onError("the mute rules of alarms were not read", error);
    return new Set();
  }
};
