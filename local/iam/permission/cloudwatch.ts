import {
  listMember,
  type Permission,
  type Place,
  textMember,
  UnknownAction,
} from "./permission.ts";

/** Operations without a resource. */
const onEverything: ReadonlySet<string> = new Set([
  "GetMetricData",
  "ListMetrics",
  "PutMetricData",
]);

/** Operations on the alarm of the member `AlarmName`. */
const onAlarm: ReadonlySet<string> = new Set(["DescribeAlarmContributors", "SetAlarmState"]);

/** Operations on the alarms of the member `AlarmNames`. */
const onAlarms: ReadonlySet<string> = new Set(["EnableAlarmActions", "DisableAlarmActions"]);

/** Operations on the mute rule of the member `AlarmMuteRuleName`. */
const onMuteRule: ReadonlySet<string> = new Set(["GetAlarmMuteRule", "DeleteAlarmMuteRule"]);

/**
 * The permissions that an operation of CloudWatch needs.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
 */
export const cloudWatchPermissions = ({ region, account }: Place) => {
  const alarm = (name: string) => `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`;
  const rule = (name: string) => `arn:aws:cloudwatch:${region}:${account}:alarm-mute-rule:${name}`;
  return (operation: string, input: unknown): Permission[] => {
    const action = `cloudwatch:${operation}`;
    const names = listMember(input, "AlarmNames").map(String);
    if (operation === "PutMetricData") {
      const context = { "cloudwatch:namespace": textMember(input, "Namespace") };
      return [{ action, resource: "*", context }];
    }
    if (onEverything.has(operation)) return [{ action, resource: "*" }];
    if (onAlarm.has(operation))
      return [{ action, resource: alarm(textMember(input, "AlarmName")) }];
    if (onAlarms.has(operation)) return names.map((name) => ({ action, resource: alarm(name) }));
    if (onMuteRule.has(operation)) {
      return [{ action, resource: rule(textMember(input, "AlarmMuteRuleName")) }];
    }
    switch (operation) {
      case "DescribeAlarms":
        return [{ action, resource: describedAlarms(input, { alarm, names }) }];
      case "DescribeAlarmHistory":
        return [{ action, resource: alarm(textMember(input, "AlarmName") || "*") }];
      case "ListAlarmMuteRules":
        return [{ action, resource: rule("*") }];
      case "PutAlarmMuteRule": {
        const targets = listMember(Reflect.get(Object(input), "MuteTargets"), "AlarmNames");
        const resources = [
          rule(textMember(input, "Name")),
          ...targets.map((name) => alarm(String(name))),
        ];
        return resources.map((resource) => ({ action, resource }));
      }
      default:
        throw new UnknownAction("CloudWatch", operation);
    }
  };
};

/**
 * "To use this operation and return information about composite alarms, you must be signed on with
 * the cloudwatch:DescribeAlarms permission that is scoped to *."
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
 */
const describedAlarms = (
  input: unknown,
  { alarm, names }: { alarm: (name: string) => string; names: readonly string[] },
): string => {
  if (listMember(input, "AlarmTypes").includes("CompositeAlarm")) return "*";
  const [name, ...others] = names;
  return alarm(name !== undefined && others.length === 0 ? name : "*");
};
