import { ConnectionCut } from "../fault/connectionCut.ts";
import { AwsError } from "../http/awsJsonClient.ts";
import type { Access } from "../iam/access.ts";
import { mayInvoke } from "../iam/serviceRole.ts";
import type { Lambda } from "../lambda/lambda.ts";
import { eml } from "../mail/eml.ts";
import type { SqsClient } from "../sqs/sqsClient.ts";
import { DeliveryError } from "./deliveryError.ts";
import { postToEndpoint } from "./httpEndpoint.ts";
import {
  type NotificationDeps,
  type NotificationJson,
  notificationJson,
  type Published,
  textFor,
  unsubscribeUrl,
} from "./notification.ts";
import { type RetryPolicy, retryPolicies } from "./retryPolicy.ts";
import type { Protocol, Subscription } from "./subscription.ts";
import type { Topic } from "./topic.ts";

/** The services and folders that subscriptions deliver to. */
export interface EndpointServices {
  readonly lambda: Pick<Lambda, "invokeAsync">;
  readonly queues: Pick<SqsClient, "send">;
  /** The base URL of SQS. */
  readonly queuesUrl: string;
  /** Writes a mail to the folder of the `.eml` files. */
  readonly saveEmail: (text: string) => Promise<void>;
  /** The certificate authorities of HTTPS endpoints, besides those of Node.js. */
  readonly ca?: string | undefined;
}

export interface EndpointDeps extends EndpointServices {
  readonly account: string;
  readonly access: Access | undefined;
  readonly notification: (topic: Topic) => NotificationDeps;
}

export interface Delivered {
  readonly topic: Topic;
  readonly subscription: Subscription;
  readonly message: Published;
}

type Send = (given: Delivered, deps: EndpointDeps) => Promise<void>;

const principal = "sns.amazonaws.com";

/** How each protocol delivers a message once. Fails with a `DeliveryError`. */
export const endpoints: Readonly<Record<Protocol, { send: Send; policy: RetryPolicy }>> = {
  email: {
    send: (given, deps) => sendMail(given, deps, textFor(given.message, "email")),
    policy: retryPolicies.mail,
  },
  "email-json": {
    send: async (given, deps) => sendMail(given, deps, await jsonTextOf(given, deps)),
    policy: retryPolicies.mail,
  },
  http: { send: (given, deps) => sendHttp(given, deps), policy: retryPolicies.http },
  https: { send: (given, deps) => sendHttp(given, deps), policy: retryPolicies.http },
  sqs: { send: (given, deps) => sendToQueue(given, deps), policy: retryPolicies.managed },
  lambda: { send: (given, deps) => invoke(given, deps), policy: retryPolicies.managed },
};

const jsonOf = (
  { topic, subscription, message }: Delivered,
  { notification }: EndpointDeps,
): Promise<NotificationJson> => notificationJson(message, subscription, notification(topic));

const jsonTextOf = async (given: Delivered, deps: EndpointDeps): Promise<string> =>
  JSON.stringify(await jsonOf(given, deps), undefined, 2);

const sendMail = async (
  { topic, subscription: { endpoint, arn }, message }: Delivered,
  { saveEmail, notification }: EndpointDeps,
  text: string,
): Promise<void> => {
  const name = topic.displayName.replaceAll(/[^\w -]/g, "") || "AWS Notifications";
  const email = {
    from: `${name} <no-reply@sns.amazonaws.com>`,
    to: [endpoint],
    subject: message.subject ?? "AWS Notification Message",
    text: `${text}\n\n--\nTo stop receiving notifications from this topic, visit:\n${unsubscribeUrl(arn, notification(topic).publicUrl)}\n`,
  };
  await retryable(() => saveEmail(eml(email, new Date())));
};

/** https://docs.aws.amazon.com/sns/latest/dg/http-header.html */
const sendHttp = async (given: Delivered, deps: EndpointDeps): Promise<void> => {
  const { topic, subscription, message } = given;
  const { endpoint, isRaw, arn, protocol } = subscription;
  await postToEndpoint({
    url: endpoint,
    headers: {
      "x-amz-sns-message-type": "Notification",
      "x-amz-sns-message-id": message.id,
      "x-amz-sns-topic-arn": topic.arn,
      "x-amz-sns-subscription-arn": arn,
      ...(isRaw && { "x-amz-sns-rawdelivery": "true" }),
    },
    body: isRaw ? textFor(message, protocol) : await jsonTextOf(given, deps),
    ca: deps.ca,
  });
};

const sendToQueue = async (given: Delivered, deps: EndpointDeps): Promise<void> => {
  const { topic, subscription, message } = given;
  const { endpoint, isRaw } = subscription;
  requireQueue(endpoint, topic, deps);
  if (isRaw && message.attributes !== undefined) {
    throw permanent("raw messages with attributes are not supported here");
  }
  const body = isRaw ? textFor(message, "sqs") : await jsonTextOf(given, deps);
  await retryable(() => deps.queues.send(queueUrl(endpoint, deps), body));
};

/** Sends a message that could not be delivered to a dead-letter queue. */
export const sendToDeadLetters = async (
  queueArn: string,
  given: Delivered,
  deps: EndpointDeps,
): Promise<void> => {
  requireQueue(queueArn, given.topic, deps);
  const body = await jsonTextOf(given, deps);
  await deps.queues.send(queueUrl(queueArn, deps), body);
};

const queueUrl = (arn: string, { queuesUrl }: EndpointDeps): string => {
  const [account, name] = arn.split(":").slice(4);
  return `${queuesUrl}/${account}/${name}`;
};

const requireQueue = (queueArn: string, topic: Topic, { access, account }: EndpointDeps): void => {
  const context = { "aws:sourcearn": topic.arn, "aws:sourceaccount": account };
  const permission = { action: "sqs:SendMessage", resource: queueArn, context };
  if (access?.allowsService(principal, permission) ?? true) return;
  throw permanent(`the policy of ${queueArn} does not allow the topic to send`);
};

const invoke = async (given: Delivered, deps: EndpointDeps): Promise<void> => {
  const { topic, subscription } = given;
  const { endpoint: functionArn, arn } = subscription;
  const { access, account, lambda } = deps;
  const source = { service: principal, sourceArn: topic.arn, account };
  if (!mayInvoke(access, { functionArn, ...source })) {
    throw permanent(`the policy of ${functionArn} does not allow the topic to invoke it`);
  }
  await retryable(async () =>
    lambda.invokeAsync(functionArn, lambdaEvent(await jsonOf(given, deps), arn)),
  );
};

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
const lambdaEvent = (json: NotificationJson, subscriptionArn: string): object => {
  const { SigningCertURL, UnsubscribeURL, ...rest } = json;
  const Sns = {
    Subject: null,
    MessageAttributes: {},
    ...rest,
    SigningCertUrl: SigningCertURL,
    UnsubscribeUrl: UnsubscribeURL,
  };
  const record = {
    EventSource: "aws:sns",
    EventVersion: "1.0",
    EventSubscriptionArn: subscriptionArn,
    Sns,
  };
  return { Records: [record] };
};

const permanent = (message: string): DeliveryError =>
  new DeliveryError(message, { isRetryable: false });

/** An error of a service that another attempt can avoid, or that it cannot. */
const retryable = async (send: () => Promise<void>): Promise<void> => {
  try {
    await send();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const isServer = error instanceof AwsError && (error.status >= 500 || error.status === 429);
    const isSystem = error instanceof Error && "code" in error && !(error instanceof AwsError);
    const isRetryable = isServer || isSystem || error instanceof ConnectionCut;
    throw new DeliveryError(message, { isRetryable });
  }
};
