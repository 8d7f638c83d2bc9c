import { type Permission, type Place, textMember, UnknownAction } from "./permission.ts";

const onTopic: ReadonlySet<string> = new Set([
  "Publish",
  "Subscribe",
  "ConfirmSubscription",
  "ListSubscriptionsByTopic",
  "GetTopicAttributes",
]);

const onSubscription: ReadonlySet<string> = new Set(["Unsubscribe", "GetSubscriptionAttributes"]);

/**
 * The permissions that an operation of SNS needs. A subscription belongs to its topic.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
 */
export const snsPermissions = ({ region, account }: Place) => {
  return (operation: string, input: unknown): Permission[] => {
    const action = `sns:${operation}`;
    if (onTopic.has(operation)) return [{ action, resource: textMember(input, "TopicArn") }];
    if (onSubscription.has(operation)) {
      const arn = textMember(input, "SubscriptionArn");
      return [{ action, resource: arn.split(":").slice(0, 6).join(":") }];
    }
    if (operation === "ListTopics") {
      return [{ action, resource: `arn:aws:sns:${region}:${account}:*` }];
    }
    throw new UnknownAction("SNS", operation);
  };
};
