import type { Access } from "../iam/access.ts";
import type { Deliveries } from "./deliveries.ts";
import { denied, snsFailure } from "./errors.ts";
import { pendingMax } from "./limits.ts";
import { checkMessage } from "./message.ts";
import type { Outbox } from "./outbox.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { Topic } from "./topic.ts";
import type { PublishingService, TopicMessage } from "./topics.ts";

export interface PublisherDeps {
  readonly account: string;
  readonly access: Access | undefined;
  readonly subscriptions: Pick<Subscriptions, "of">;
  readonly outbox: Outbox;
  readonly deliveries: Deliveries;
}

/** Publishes a message and returns its id, once it is stored for each subscriber. */
export const publishTo = async (
  topic: Topic,
  given: TopicMessage,
  { subscriptions, outbox, deliveries }: PublisherDeps,
): Promise<string> => {
  const message = checkMessage(given);
  const subscribers = subscriptions.of(topic.arn).filter(({ token }) => token === undefined);
  if (deliveries.count + subscribers.length > pendingMax) {
    throw snsFailure("Throttled", "Too many messages are not delivered yet.", 429);
  }
  const stored = subscribers.map(async ({ arn }) => {
    const pending = { subscriptionArn: arn, message };
    return { pending, remove: await outbox.add(pending) };
  });
  for (const { pending, remove } of await Promise.all(stored)) deliveries.start(pending, remove);
  topic.counts.published += 1;
  topic.counts.sizes.add(Buffer.byteLength(given.message));
  return message.id;
};

/** What a publisher needs to do with the key of an encrypted topic. */
const keyActions = ["kms:GenerateDataKey", "kms:Decrypt"];

/** Publishes a message of a service, if the topic and its key allow it. */
export const publishFor = async (
  service: PublishingService,
  topic: Topic,
  { message, deps }: { message: TopicMessage; deps: PublisherDeps },
): Promise<void> => {
  requireService(topic, service, deps);
  await publishTo(topic, message, deps);
};

/**
 * Fails unless the policy of a topic, and that of its key, let a service publish.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
 */
const requireService = (
  topic: Topic,
  { service, sourceArn }: PublishingService,
  { access, account }: PublisherDeps,
): void => {
  if (access === undefined) return;
  const context =
    sourceArn === undefined ? {} : { "aws:sourcearn": sourceArn, "aws:sourceaccount": account };
  const { arn: resource, keyArn } = topic;
  if (!access.allowsService(service, { action: "sns:Publish", resource, context })) {
    throw denied("SNS:Publish", resource);
  }
  for (const action of keyArn === undefined ? [] : keyActions) {
    if (!access.allowsService(service, { action, resource: keyArn ?? "", context })) {
      throw snsFailure("KMSAccessDenied", `${service} may not call ${action} on ${keyArn}`);
    }
  }
};

/** Fails with an `AccessDenied` unless a role may use the key of a topic. */
export const requireKey = (
  { keyArn }: Topic,
  roleKey: string | undefined,
  { access }: PublisherDeps,
): void => {
  if (keyArn === undefined || roleKey === undefined) return;
  access?.authorize(
    roleKey,
    keyActions.map((action) => ({ action, resource: keyArn })),
  );
};
