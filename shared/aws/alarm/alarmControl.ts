import * as z from "zod/mini";
import type { AlarmControl } from "../../alarm/alarmControl.ts";
import { openCloudWatch } from "./cloudWatch.ts";

const alarm = z.object({
  ActionsEnabled: z.optional(z.boolean()),
  AlarmActions: z.optional(z.array(z.string())),
});
const found = z.object({
  MetricAlarms: z.optional(z.array(alarm)),
  CompositeAlarms: z.optional(z.array(alarm)),
});

/**
 * Single alarms in CloudWatch.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
 */
export const cloudWatchAlarmControl = (ownRegion: string): AlarmControl => {
  const open = openCloudWatch();
  return {
    async hasActions(region, name) {
      const { MetricAlarms = [], CompositeAlarms = [] } = found.parse(
        await open(region)("DescribeAlarms", {
          AlarmNames: [name],
          AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
        }),
      );
      return [...MetricAlarms, ...CompositeAlarms].some(
        ({ ActionsEnabled, AlarmActions = [] }) =>
          ActionsEnabled !== false && AlarmActions.length > 0,
      );
    },

    async trigger(AlarmName, StateReason) {
      await open(ownRegion)("SetAlarmState", { AlarmName, StateValue: "ALARM", StateReason });
    },
  };
};
