import {
  listMember,
  type Permission,
  type Place,
  textMember,
  UnknownAction,
} from "./permission.ts";

const onRule: ReadonlySet<string> = new Set([
  "DescribeRule",
  "ListTargetsByRule",
  "EnableRule",
  "DisableRule",
  "RemoveTargets",
]);

/**
 * The permissions that an operation of EventBridge needs: on its rule, or on each event
 * bus of its entries.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
 */
export const eventsPermissions = ({ region, account }: Place) => {
  const arnOf = (bus: string): string =>
    bus.startsWith("arn:") ? bus : `arn:aws:events:${region}:${account}:event-bus/${bus}`;
  return (operation: string, input: unknown): Permission[] => {
    if (onRule.has(operation)) {
      const name = textMember(input, "Name") || textMember(input, "Rule");
      const resource = `arn:aws:events:${region}:${account}:rule/${name}`;
      return [{ action: `events:${operation}`, resource }];
    }
    if (operation !== "PutEvents") throw new UnknownAction("EventBridge", operation);
    const buses = listMember(input, "Entries").map((entry) => {
      return arnOf(textMember(entry, "EventBusName") || "default");
    });
    return [...new Set(buses)].map((resource) => ({ action: "events:PutEvents", resource }));
  };
};
