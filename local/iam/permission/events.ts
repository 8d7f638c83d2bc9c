import {
  listMember,
  type Permission,
  type Place,
  textMember,
  UnknownAction,
} from "./permission.ts";

/**
 * The permissions that an operation of EventBridge needs: on each event bus of its entries.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
 */
export const eventsPermissions = ({ region, account }: Place) => {
  const arnOf = (bus: string): string =>
    bus.startsWith("arn:") ? bus : `arn:aws:events:${region}:${account}:event-bus/${bus}`;
  return (operation: string, input: unknown): Permission[] => {
    if (operation !== "PutEvents") throw new UnknownAction("EventBridge", operation);
    const buses = listMember(input, "Entries").map((entry) => {
      return arnOf(textMember(entry, "EventBusName") || "default");
    });
    return [...new Set(buses)].map((resource) => ({ action: "events:PutEvents", resource }));
  };
};
