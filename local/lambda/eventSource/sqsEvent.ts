import type { SQSEvent, SQSMessageAttribute, SQSRecord } from "aws-lambda";
import type { MessageAttribute, ReceivedMessage } from "../../sqs/sqsClient.ts";

/** The queue that the messages of an event come from. */
export interface EventSource {
  readonly arn: string;
  readonly region: string;
}

/**
 * The event that a function receives for messages of a queue.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event
 */
export const sqsEvent = (messages: readonly ReceivedMessage[], source: EventSource): SQSEvent => ({
  Records: messages.map((message) => sqsRecord(message, source)),
});

/** The record of one message in that event. */
export const sqsRecord = (
  { messageId, receiptHandle, body, md5OfBody, attributes, messageAttributes }: ReceivedMessage,
  { arn, region }: EventSource,
): SQSRecord => ({
  messageId,
  receiptHandle,
  body,
  attributes: {
    ...attributes,
    ApproximateReceiveCount: attributes.ApproximateReceiveCount ?? "1",
    SentTimestamp: attributes.SentTimestamp ?? "0",
    SenderId: attributes.SenderId ?? "",
    ApproximateFirstReceiveTimestamp: attributes.ApproximateFirstReceiveTimestamp ?? "0",
  },
  messageAttributes: Object.fromEntries(
    Object.entries(messageAttributes).map(([name, value]) => [name, attribute(value)]),
  ),
  md5OfBody,
  eventSource: "aws:sqs",
  eventSourceARN: arn,
  awsRegion: region,
});

const attribute = ({
  dataType,
  stringValue,
  binaryValue,
}: MessageAttribute): SQSMessageAttribute => ({
  stringValue,
  binaryValue,
  stringListValues: [],
  binaryListValues: [],
  dataType,
});
