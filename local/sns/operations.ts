import * as z from "zod";
import type { AwsHandler } from "../http/awsRequest.ts";
import type { Elements } from "../http/xmlText.ts";
import type { Authorize } from "../iam/authorize.ts";
import { invalidParameter, snsFailure, subscriptionNotFound } from "./errors.ts";
import { pageMax } from "./limits.ts";
import { entriesOf, type QueryMembers, queryResponse, readQuery } from "./query.ts";
import { type NewSubscription, protocol, type Subscription } from "./subscription.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { Topic } from "./topic.ts";
import type { TopicAttribute, TopicMessage } from "./topics.ts";

export interface OperationDeps {
  readonly subscriptions: Subscriptions;
  readonly account: string;
  readonly topics: () => readonly Topic[];
  /** Fails with an error of SNS when the topic does not exist. */
  readonly find: (topicArn: string) => Topic;
  /** Publishes for a role, or for the account's owner. Returns the message's id. */
  readonly publish: (
    topicArn: string,
    message: TopicMessage,
    roleKey: string | undefined,
  ) => Promise<string>;
  readonly subscribe: (given: NewSubscription) => Promise<Subscription>;
}

const flag = z.enum(["true", "false"]).transform((text) => text === "true");
const map = z.custom<QueryMembers>((value) => typeof value === "object");

const inputs = {
  Publish: z.strictObject({
    TopicArn: z.string(),
    Message: z.string(),
    Subject: z.string().optional(),
    MessageStructure: z.literal("json").optional(),
    MessageAttributes: map.optional(),
  }),
  Subscribe: z.strictObject({
    TopicArn: z.string(),
    Protocol: protocol,
    Endpoint: z.string(),
    ReturnSubscriptionArn: flag.default(false),
    Attributes: map.optional(),
  }),
  ConfirmSubscription: z.strictObject({
    TopicArn: z.string(),
    Token: z.string(),
    AuthenticateOnUnsubscribe: z.literal("false").optional(),
  }),
  Unsubscribe: z.strictObject({ SubscriptionArn: z.string() }),
  ListTopics: z.strictObject({ NextToken: z.string().default("0") }),
  ListSubscriptionsByTopic: z.strictObject({
    TopicArn: z.string(),
    NextToken: z.string().default("0"),
  }),
  GetTopicAttributes: z.strictObject({ TopicArn: z.string() }),
  GetSubscriptionAttributes: z.strictObject({ SubscriptionArn: z.string() }),
};

type Name = keyof typeof inputs;
type Input<One extends Name> = z.output<(typeof inputs)[One]>;

const isOperation = (name: string): name is Name => Object.hasOwn(inputs, name);

/** Answers requests in the query protocol of SNS. */
export const snsHandler = (deps: OperationDeps & { authorize: Authorize }): AwsHandler => {
  const run = operations(deps);
  return async ({ body, roleKey }) => {
    const {
      Action = "",
      Version: _version,
      ...members
    } = readQuery(new URLSearchParams(body.toString()));
    const name = String(Action);
    if (!isOperation(name)) {
      throw snsFailure("InvalidAction", `The action ${name} is not supported here.`);
    }
    // The request itself checks the permission to publish, with the policy of the key.
    if (name !== "Publish") deps.authorize(roleKey, name, members);
    return queryResponse(name, await run(name, members, roleKey));
  };
};

/** Runs the operations that a link in a message requests, without a signature. */
export const runLink = async (
  form: URLSearchParams,
  deps: Pick<OperationDeps, "subscriptions">,
): Promise<string> => {
  const { Action, ...members } = readQuery(form);
  const { subscriptions } = deps;
  if (Action === "ConfirmSubscription") {
    const { TopicArn, Token } = read(inputs.ConfirmSubscription, members);
    return (await subscriptions.confirm(TopicArn, Token)).arn;
  }
  if (Action === "Unsubscribe") {
    const { SubscriptionArn } = read(inputs.Unsubscribe, members);
    if (subscriptions.find(SubscriptionArn) === undefined) throw subscriptionNotFound();
    await subscriptions.remove(SubscriptionArn);
    return SubscriptionArn;
  }
  throw snsFailure("InvalidAction", "This link is not valid.");
};

const read = <Schema extends z.ZodType>(
  schema: Schema,
  members: QueryMembers,
): z.output<Schema> => {
  const { success, data, error } = schema.safeParse({ ...members });
  if (success) return data;
  throw invalidParameter(
    error.issues.map(({ path, message }) => [...path, message].join(": ")).join("; "),
  );
};

const operations =
  (deps: OperationDeps) =>
  async (name: Name, members: QueryMembers, roleKey: string | undefined): Promise<Elements> => {
    switch (name) {
      case "Publish":
        return await publish(read(inputs.Publish, members), roleKey, deps);
      case "Subscribe":
        return await subscribe(read(inputs.Subscribe, members), deps);
      case "ConfirmSubscription": {
        const { TopicArn, Token } = read(inputs.ConfirmSubscription, members);
        const { arn } = await deps.subscriptions.confirm(TopicArn, Token);
        return { SubscriptionArn: arn };
      }
      case "Unsubscribe":
        await deps.subscriptions.remove(read(inputs.Unsubscribe, members).SubscriptionArn);
        return {};
      case "ListTopics": {
        const { page, next } = pageOf(deps.topics(), read(inputs.ListTopics, members).NextToken);
        return { Topics: { member: page.map(({ arn }) => ({ TopicArn: arn })) }, ...next };
      }
      case "ListSubscriptionsByTopic": {
        const { TopicArn, NextToken } = read(inputs.ListSubscriptionsByTopic, members);
        const { page, next } = pageOf(deps.subscriptions.of(deps.find(TopicArn).arn), NextToken);
        return { Subscriptions: { member: page.map((each) => view(each, deps)) }, ...next };
      }
      case "GetTopicAttributes":
        return {
          Attributes: {
            entry: topicAttributes(read(inputs.GetTopicAttributes, members).TopicArn, deps),
          },
        };
      case "GetSubscriptionAttributes": {
        const found = deps.subscriptions.find(
          read(inputs.GetSubscriptionAttributes, members).SubscriptionArn,
        );
        if (found === undefined) throw subscriptionNotFound();
        return { Attributes: { entry: subscriptionAttributes(found, deps) } };
      }
    }
  };

const publish = async (
  { TopicArn, Message, Subject, MessageStructure, MessageAttributes }: Input<"Publish">,
  roleKey: string | undefined,
  deps: OperationDeps,
): Promise<Elements> => {
  const message: TopicMessage = {
    message: Message,
    subject: Subject,
    messageStructure: MessageStructure,
    messageAttributes: MessageAttributes && attributesOf(MessageAttributes),
  };
  return { MessageId: await deps.publish(TopicArn, message, roleKey) };
};

const value = z.strictObject({
  DataType: z.string(),
  StringValue: z.string().optional(),
  BinaryValue: z.string().optional(),
});
const attribute = z.strictObject({
  Name: z.string(),
  Value: z.preprocess((given) => Object.assign({}, given), value),
});

const attributesOf = (given: QueryMembers): Record<string, TopicAttribute> =>
  Object.fromEntries(
    entriesOf(given).map((entry) => {
      const { success, data } = attribute.safeParse({ ...entry });
      if (!success) throw invalidParameter("MessageAttributes");
      return [data.Name, data.Value];
    }),
  );

const redrivePolicy = z.strictObject({ deadLetterTargetArn: z.string() });

const subscribe = async (
  { TopicArn, Protocol, Endpoint, ReturnSubscriptionArn, Attributes }: Input<"Subscribe">,
  deps: OperationDeps,
): Promise<Elements> => {
  const given = new Map(
    entriesOf(Attributes).map(({ key, value: text }) => [String(key), String(text)]),
  );
  const { RawMessageDelivery = "false", RedrivePolicy, ...others } = Object.fromEntries(given);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw invalidParameter(`Attributes: ${unknown} is not supported here`);
  const made = await deps.subscribe({
    topicArn: deps.find(TopicArn).arn,
    protocol: Protocol,
    endpoint: Endpoint,
    isRaw: RawMessageDelivery === "true",
    isOfTemplate: false,
    ...(RedrivePolicy !== undefined && { deadLetterArn: deadLetterArn(RedrivePolicy) }),
  });
  const isVisible = made.token === undefined || ReturnSubscriptionArn;
  return { SubscriptionArn: isVisible ? made.arn : "pending confirmation" };
};

const deadLetterArn = (text: string): string => {
  try {
    return redrivePolicy.parse(JSON.parse(text)).deadLetterTargetArn;
  } catch {
    throw invalidParameter("RedrivePolicy");
  }
};

const pageOf = <One>(all: readonly One[], token: string) => {
  const from = Number(token);
  if (!Number.isSafeInteger(from) || from < 0) throw invalidParameter("NextToken");
  const page = all.slice(from, from + pageMax);
  const hasMore = from + page.length < all.length;
  return { page, next: hasMore ? { NextToken: String(from + page.length) } : {} };
};

const view = (
  { arn, topicArn, protocol: kind, endpoint, token }: Subscription,
  deps: OperationDeps,
) => ({
  TopicArn: topicArn,
  Protocol: kind,
  SubscriptionArn: token === undefined ? arn : "PendingConfirmation",
  Owner: deps.account,
  Endpoint: endpoint,
});

const entries = (attributes: Readonly<Record<string, string | undefined>>) =>
  Object.entries(attributes).flatMap(([key, text]) =>
    text === undefined ? [] : [{ key, value: text }],
  );

const topicAttributes = (topicArn: string, { find, subscriptions, account }: OperationDeps) => {
  const { arn, displayName, keyArn, signatureVersion } = find(topicArn);
  const all = subscriptions.of(arn);
  const pending = all.filter(({ token }) => token !== undefined).length;
  return entries({
    TopicArn: arn,
    Owner: account,
    DisplayName: displayName,
    KmsMasterKeyId: keyArn,
    SignatureVersion: signatureVersion,
    SubscriptionsConfirmed: String(all.length - pending),
    SubscriptionsPending: String(pending),
    SubscriptionsDeleted: "0",
  });
};

const subscriptionAttributes = (found: Subscription, { account }: OperationDeps) =>
  entries({
    SubscriptionArn: found.arn,
    TopicArn: found.topicArn,
    Owner: account,
    Protocol: found.protocol,
    Endpoint: found.endpoint,
    RawMessageDelivery: String(found.isRaw),
    PendingConfirmation: String(found.token !== undefined),
    RedrivePolicy:
      found.deadLetterArn && JSON.stringify({ deadLetterTargetArn: found.deadLetterArn }),
  });
