import { createHash, hash } from "node:crypto";

/** A message attribute with the field names of the API. Binary values are in base64. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string | undefined;
  readonly BinaryValue?: string | undefined;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

/** A message as its sender specifies it. */
export interface NewMessage {
  readonly body: string;
  readonly group?: string | undefined;
  /** Default: the delay of the queue. */
  readonly delaySeconds?: number | undefined;
  readonly attributes?: MessageAttributes | undefined;
  readonly systemAttributes?: MessageAttributes | undefined;
}

/** Where a message is in its queue. */
export type Place = "waiting" | "delayed" | "inFlight" | "deleted";

/** The part of a message that only its receivers need. */
export interface MessageContent {
  /** UUID. */
  readonly id: string;
  readonly body: string;
  readonly attributes: MessageAttributes | undefined;
  readonly systemAttributes: MessageAttributes | undefined;
}

/**
 * A message of a queue. The engine changes it; other modules only read it. A queue can have many of
 * them, so a time that a message does not have is `undefined`, which takes a third of the memory of
 * a number.
 */
export interface Message {
  /** Number of the message, unique in the engine and increasing in the order of the sends. */
  readonly seq: number;
  /** The first 28 bits of the id. */
  readonly idStart: number;
  readonly group: string | undefined;
  /** Times are in milliseconds of the steady clock (`local/platform/steadyClock.ts`). */
  readonly sentAt: number;
  /**
   * When the message moved to a dead-letter queue. After a restart, this is the time of its first
   * receive.
   */
  movedAt: number | undefined;
  /** Number of the queue that has the message. */
  queue: number;
  place: Place;
  /** The end of the delay or of the visibility timeout. */
  visibleAt: number | undefined;
  /** Receives from all queues. */
  receives: number;
  /** Receives from the queues that the message was in before. */
  receivesBefore: number;
  firstReceivedAt: number | undefined;
  /** The time of the last receive. */
  receivedAt: number | undefined;
  /** The ARN of the queue that dead-lettered the message. */
  deadLetteredBy: string | undefined;
  /** Position among the waiting messages of the queue. */
  order: number;
  /** Position in the timer heap; -1 when it has no timer. */
  timerIndex: number;
  /** `undefined` when only the change log has it. */
  content: MessageContent | undefined;
  /** The latest full record of the message in the journal: its position, and its size. */
  segment: number;
  offset: number;
  number: number;
  recordBytes: number;
}

/** A message as its receiver gets it. */
export interface ReceivedMessage extends MessageContent {
  readonly seq: number;
  readonly group: string | undefined;
  readonly sentAt: number;
  readonly receives: number;
  readonly firstReceivedAt: number;
  readonly deadLetteredBy: string | undefined;
}

/** The first 28 bits of a UUID. */
export const idStartOf = (id: string): number => Number.parseInt(id.slice(0, 7), 16);

/** Size of a message for the limits of SQS: body, attribute names, types and values. */
export const messageBytes = ({ body, attributes }: NewMessage): number => {
  let bytes = Buffer.byteLength(body);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value.DataType);
    bytes +=
      value.StringValue === undefined
        ? Buffer.byteLength(value.BinaryValue ?? "", "base64")
        : Buffer.byteLength(value.StringValue);
  }
  return bytes;
};

export const md5Of = (body: string): string => hash("md5", body);

const [stringValue, binaryValue] = [1, 2];

/**
 * The MD5 of message attributes, which the SDKs verify.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
 */
export const md5OfAttributes = (attributes: MessageAttributes): string => {
  const md5 = createHash("md5");
  const add = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    md5.update(length).update(bytes);
  };
  for (const name of Object.keys(attributes).sort()) {
    const { DataType = "", StringValue, BinaryValue = "" } = attributes[name] ?? {};
    const isText = StringValue !== undefined;
    add(Buffer.from(name));
    add(Buffer.from(DataType));
    md5.update(Buffer.from([isText ? stringValue : binaryValue]));
    add(isText ? Buffer.from(StringValue) : Buffer.from(BinaryValue, "base64"));
  }
  return md5.digest("hex");
};
