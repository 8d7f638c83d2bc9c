import * as z from "zod/mini";
import { Failure } from "../../platform/failure.ts";
import type { TargetRequest } from "../../target/target.ts";
import { awsAuthHeaderHints, awsKeys, signAws, unlessThrottled } from "./awsRequest.ts";
import { hopsAfter, hopsAttribute } from "./hops.ts";
import type { Common, Kind, RenderInput } from "./kind.ts";
import { message, messageTemplate } from "./message.ts";

const queueUrl =
  /^https:\/\/sqs\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/\d{12}\/[\w-]{1,80}(\.fifo)?$/;

const settings = z.object({
  queue_url: z
    .string()
    .check(z.regex(queueUrl, "must be https://sqs.<region>.amazonaws.com/<account>/<queue>")),
  ...awsKeys,
  json: messageTemplate,
});

/** Settings of an Amazon SQS queue. */
type AwsSqsSettings = z.output<typeof settings>;

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
const render = (integration: Common & AwsSqsSettings, input: RenderInput): TargetRequest => {
  const { queue_url: url } = integration;
  const { id, event } = input;
  return {
    method: "POST",
    url: new URL("/", url).href,
    headers: {
      "user-agent": "Godwit/1",
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": "AmazonSQS.SendMessage",
    },
    body: JSON.stringify({
      QueueUrl: url,
      MessageBody: validSqsText(message(integration, input)),
      MessageAttributes: {
        delivery_id: { DataType: "String", StringValue: id },
        event: { DataType: "String", StringValue: validSqsText(event.name) },
        device_id: { DataType: "String", StringValue: event.device },
        [hopsAttribute]: { DataType: "Number", StringValue: hopsAfter(event) },
      },
      ...(url.endsWith(".fifo") && { MessageGroupId: event.device, MessageDeduplicationId: id }),
    }),
    rejectUnauthorized: true,
  };
};

/**
 * Returns a text that SQS accepts: at least one character, and only characters of XML 1.0. Fails
 * with `invalid_request` otherwise.
 */
const validSqsText = (text: string): string => {
  const isTaken = /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]+$/u.test(text);
  if (isTaken) return text;
  throw new Failure(
    "no request can be made: SQS accepts neither an empty text nor control characters",
    {
      code: "invalid_request",
    },
  );
};

/**
 * Sends a message to an Amazon SQS queue in the owner's account. In a FIFO queue the device id is
 * the message group.
 */
export const awsSqs = {
  settings,
  target: ({ queue_url: url }) => url.split("/").at(-1) ?? url,
  secrets: ["secret_access_key"],
  signed: false,
  render,
  authHeaderHints: awsAuthHeaderHints,
  async send(integration, { request }, { sendRequest, now }) {
    const region = queueUrl.exec(integration.queue_url)?.[1] ?? "";
    const where = { region, service: "sqs", now: now() };
    return unlessThrottled(await sendRequest(signAws(request, integration, where)));
  },
} as const satisfies Kind<AwsSqsSettings>;
