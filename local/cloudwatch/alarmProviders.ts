import { type ResourceProvider, resourceProvider } from "../template/resourceProvider.ts";
import { compositeAlarm, metricAlarm } from "./alarm/definition.ts";
import { compositeAlarmInput, metricAlarmInput } from "./alarm/input.ts";
import type { Alarms } from "./alarms.ts";
import type { Metric } from "./metric/metric.ts";
import { muteRule, muteRuleInput } from "./mute/muteRule.ts";

interface ProviderDeps {
  readonly alarms: Pick<Alarms, "put" | "putMuteRule">;
  readonly now: () => number;
  readonly quotaOf: (metric: Metric) => number | undefined;
}

/**
 * Creates alarms and mute rules of templates. A property or function that is not supported fails.
 */
export const alarmProviders = ({ alarms, now, quotaOf }: ProviderDeps): ResourceProvider[] => [
  resourceProvider({
    type: "AWS::CloudWatch::Alarm",
    properties: metricAlarmInput,
    create(input, { stack, logicalId, region, account }) {
      const place = { name: `${stack}-${logicalId}`, region, account, now: now() };
      const alarm = metricAlarm(input, place, quotaOf);
      alarms.put(alarm);
      return { ref: alarm.name, attributes: { Arn: alarm.arn } };
    },
  }),
  resourceProvider({
    type: "AWS::CloudWatch::CompositeAlarm",
    properties: compositeAlarmInput,
    create(input, { stack, logicalId, region, account }) {
      const place = { name: `${stack}-${logicalId}`, region, account, now: now() };
      const alarm = compositeAlarm(input, place);
      alarms.put(alarm);
      return { ref: alarm.name, attributes: { Arn: alarm.arn } };
    },
  }),
  resourceProvider({
    type: "AWS::CloudWatch::AlarmMuteRule",
    properties: muteRuleInput,
    create(input, { stack, logicalId, region, account }) {
      const name = input.Name ?? `${stack}-${logicalId}`;
      const rule = muteRule(input, { name, region, account, now: now() });
      alarms.putMuteRule(rule);
      return { ref: rule.arn, attributes: { AlarmMuteRuleArn: rule.arn, Arn: rule.arn } };
    },
  }),
];
