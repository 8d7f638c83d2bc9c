import * as z from "zod";
import type { Signer } from "./signer.ts";
import type { Protocol } from "./subscription.ts";
import type { TopicMessage } from "./topics.ts";

const attribute = z.strictObject({
  DataType: z.string(),
  StringValue: z.string().optional(),
  BinaryValue: z.string().optional(),
});

/** A published message, as the file of an unfinished delivery keeps it. */
export const published = z.strictObject({
  id: z.string(),
  subject: z.string().optional(),
  message: z.string(),
  /** The texts by protocol, with `default`, if the publisher gave them. */
  messages: z.record(z.string(), z.string()).optional(),
  attributes: z.record(z.string(), attribute).optional(),
  /** As in the message: `2026-01-02T03:04:05.678Z`. */
  timestamp: z.string(),
});

export type Published = z.output<typeof published>;

/** The text for a protocol. */
export const textFor = ({ message, messages }: Published, protocol: Protocol): string =>
  messages?.[protocol] ?? messages?.default ?? message;

const texts = z.looseObject({ default: z.string() });

/** The texts by protocol of a message with the structure `json`; `undefined` if it has none. */
export const readTexts = (message: string): Record<string, string> | undefined => {
  try {
    const all = texts.parse(JSON.parse(message));
    return Object.fromEntries(
      Object.entries(all).flatMap(([name, value]) =>
        typeof value === "string" ? [[name, value]] : [],
      ),
    );
  } catch {
    return undefined;
  }
};

export interface NotificationDeps {
  readonly signer: () => Promise<Signer>;
  readonly signatureVersion: "1" | "2";
  /** SNS's URL for unsigned requests. */
  readonly publicUrl: string;
}

/** A part of a notification, with the names of SNS's JSON. */
export type NotificationJson = Readonly<Record<string, unknown>>;

/**
 * The JSON of a notification.
 * https://docs.aws.amazon.com/sns/latest/dg/http-notification-json.html
 */
export const notificationJson = async (
  message: Published,
  { topicArn, arn, protocol }: { topicArn: string; arn: string; protocol: Protocol },
  deps: NotificationDeps,
): Promise<NotificationJson> => {
  const signed = {
    Type: "Notification",
    MessageId: message.id,
    TopicArn: topicArn,
    ...(message.subject !== undefined && { Subject: message.subject }),
    Message: textFor(message, protocol),
    Timestamp: message.timestamp,
  };
  const { attributes } = message;
  return {
    ...signed,
    ...(await signatureOf(signed, deps)),
    UnsubscribeURL: unsubscribeUrl(arn, deps.publicUrl),
    ...(attributes !== undefined && { MessageAttributes: attributesJson(attributes) }),
  };
};

export const unsubscribeUrl = (arn: string, publicUrl: string): string =>
  `${publicUrl}/?Action=Unsubscribe&SubscriptionArn=${encodeURIComponent(arn)}`;

/**
 * The JSON of a request to confirm a subscription.
 * https://docs.aws.amazon.com/sns/latest/dg/http-subscription-confirmation-json.html
 */
export const confirmationJson = async (
  { topicArn, token, id }: { topicArn: string; token: string; id: string },
  deps: NotificationDeps,
): Promise<NotificationJson> => {
  const query = `TopicArn=${encodeURIComponent(topicArn)}&Token=${token}`;
  const signed = {
    Type: "SubscriptionConfirmation",
    MessageId: id,
    Token: token,
    TopicArn: topicArn,
    Message: `You have chosen to subscribe to the topic ${topicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
    SubscribeURL: `${deps.publicUrl}/?Action=ConfirmSubscription&${query}`,
    Timestamp: new Date().toISOString(),
  };
  return { ...signed, ...(await signatureOf(signed, deps)) };
};

/** The signed fields in the order of their names, each name and value on a line. */
const signatureOf = async (
  signed: Readonly<Record<string, string>>,
  { signer, signatureVersion, publicUrl }: NotificationDeps,
) => {
  const { sign, path } = await signer();
  const lines = Object.keys(signed)
    .sort()
    .map((name) => `${name}\n${signed[name]}\n`);
  return {
    SignatureVersion: signatureVersion,
    Signature: sign(lines.join(""), signatureVersion),
    SigningCertURL: `${publicUrl}${path}`,
  };
};

const attributesJson = (
  attributes: NonNullable<TopicMessage["messageAttributes"]>,
): Record<string, { Type: string; Value: string }> =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      { Type: DataType, Value: StringValue ?? BinaryValue ?? "" },
    ]),
  );
