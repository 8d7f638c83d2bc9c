import * as z from "zod";
import type { RecordPosition } from "../../journal/frame.ts";
import { steadyTimeOf, systemTimeOf } from "../../platform/steadyClock.ts";
import type { Message, MessageContent } from "../engine/message.ts";
import type { QueueRecord } from "../engine/queue.ts";

/*
 * The records of the journal. The first byte is the type; numbers are little endian. Times are of
 * the system clock; 0 means that there is none.
 *
 * queue         type, JSON
 * queueDeleted  type, queue (4)
 * message       type, seq (8), queue (4), sentAt (8), visibleAt (8), receives (4),
 *               receivesBefore (4), firstReceivedAt (8), id (16), length of group (2), of
 *               deadLetteredBy (2) and of attributes (4), then these three and the body
 * deleted       type, seq (8)
 * received      type, seq (8), receives (4), firstReceivedAt (8)
 * moved         type, seq (8), queue (4), ARN of the queue that dead-lettered it
 */
const types = {
  queue: 10,
  queueDeleted: 11,
  message: 12,
  deleted: 13,
  received: 14,
  moved: 15,
} as const;

/** Writes records. */
export interface RecordSink<Appended> {
  append(bytes: number, fill: (buffer: Buffer, offset: number) => void): Appended;
}

const messageHeadBytes = 69;

export const appendQueue = (sink: RecordSink<unknown>, record: QueueRecord): void => {
  const json = Buffer.from(JSON.stringify(record));
  sink.append(1 + json.length, (buffer, offset) => {
    buffer[offset] = types.queue;
    json.copy(buffer, offset + 1);
  });
};

export const appendQueueDeleted = (sink: RecordSink<unknown>, queue: number): void => {
  sink.append(5, (buffer, offset) => {
    buffer[offset] = types.queueDeleted;
    buffer.writeUInt32LE(queue, offset + 1);
  });
};

/** Appends a complete message. Returns the length of the record, and what the sink returns. */
export const appendMessage = <Appended>(
  sink: RecordSink<Appended>,
  message: Message,
  content: MessageContent,
): { bytes: number; appended: Appended } => {
  const { group = "", deadLetteredBy = "" } = message;
  const { id, body } = content;
  const groupBytes = Buffer.byteLength(group);
  const arnBytes = Buffer.byteLength(deadLetteredBy);
  const attributes = attributesText(content);
  const attributeBytes = Buffer.byteLength(attributes);
  const bytes = messageHeadBytes + groupBytes + arnBytes + attributeBytes + Buffer.byteLength(body);
  const appended = sink.append(bytes, (buffer, start) => {
    let offset = writeHead(buffer, start, message);
    offset += buffer.write(id.replaceAll("-", ""), offset, "hex");
    offset = buffer.writeUInt16LE(groupBytes, offset);
    offset = buffer.writeUInt16LE(arnBytes, offset);
    offset = buffer.writeUInt32LE(attributeBytes, offset);
    for (const text of [group, deadLetteredBy, attributes, body]) {
      offset += buffer.write(text, offset);
    }
  });
  return { bytes, appended };
};

const writeHead = (buffer: Buffer, start: number, message: Message): number => {
  const { sentAt, visibleAt, firstReceivedAt, place } = message;
  buffer[start] = types.message;
  let offset = buffer.writeDoubleLE(message.seq, start + 1);
  offset = buffer.writeUInt32LE(message.queue, offset);
  offset = buffer.writeDoubleLE(storedTime(sentAt), offset);
  // A message in flight is visible after a start.
  offset = buffer.writeDoubleLE(storedTime(place === "inFlight" ? undefined : visibleAt), offset);
  offset = buffer.writeUInt32LE(message.receives, offset);
  offset = buffer.writeUInt32LE(message.receivesBefore, offset);
  return buffer.writeDoubleLE(storedTime(firstReceivedAt), offset);
};

const storedTime = (time: number | undefined): number =>
  time === undefined ? 0 : systemTimeOf(time);

const attributesText = ({ attributes, systemAttributes }: MessageContent): string =>
  attributes === undefined && systemAttributes === undefined
    ? ""
    : JSON.stringify({ attributes, systemAttributes });

export const appendDeleted = (sink: RecordSink<unknown>, seq: number): void => {
  sink.append(9, (buffer, offset) => {
    buffer[offset] = types.deleted;
    buffer.writeDoubleLE(seq, offset + 1);
  });
};

export const appendReceived = (sink: RecordSink<unknown>, message: Message): void => {
  sink.append(21, (buffer, offset) => {
    buffer[offset] = types.received;
    buffer.writeDoubleLE(message.seq, offset + 1);
    buffer.writeUInt32LE(message.receives, offset + 9);
    buffer.writeDoubleLE(storedTime(message.firstReceivedAt), offset + 13);
  });
};

export const appendMoved = (
  sink: RecordSink<unknown>,
  { seq, queue, deadLetteredBy = "" }: Message,
): void => {
  sink.append(13 + Buffer.byteLength(deadLetteredBy), (buffer, offset) => {
    buffer[offset] = types.moved;
    buffer.writeDoubleLE(seq, offset + 1);
    buffer.writeUInt32LE(queue, offset + 9);
    buffer.write(deadLetteredBy, offset + 13);
  });
};

const queueSchema = z.object({
  number: z.number(),
  name: z.string(),
  arn: z.string(),
  createdAt: z.number(),
  modifiedAt: z.number(),
  settings: z.record(z.string(), z.string()),
  tags: z.record(z.string(), z.string()),
});

/** The state that a segment of the journal begins with. */
export const journalState = z.object({ queues: z.array(queueSchema), lastSeq: z.number() });

const attributeMap = z.record(
  z.string(),
  z.object({
    DataType: z.string(),
    StringValue: z.string().optional(),
    BinaryValue: z.string().optional(),
  }),
);

const attributesSchema = z.object({
  attributes: attributeMap.optional(),
  systemAttributes: attributeMap.optional(),
});

/** The queues and messages that the records of a journal result in. */
export class ReplayedState {
  readonly #holdsContents: boolean;
  readonly #queues = new Map<number, QueueRecord>();
  readonly #messages = new Map<number, Message>();
  /** Names of message groups and queues, so that equal ones share their memory. */
  readonly #names = new Map<string, string>();
  #lastSeq = 0;

  /** With `holdsContents`, the messages have their contents. */
  constructor({ holdsContents = false } = {}) {
    this.#holdsContents = holdsContents;
  }

  get queues(): Iterable<QueueRecord> {
    return this.#queues.values();
  }

  get messages(): Iterable<Message> {
    return this.#messages.values();
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Applies one record, or the state at the start of a segment. */
  apply(payload: Buffer, position: RecordPosition, state?: unknown): void {
    if (state !== undefined) {
      const { queues, lastSeq } = journalState.parse(state);
      this.#queues.clear();
      for (const queue of queues) this.#queues.set(queue.number, queue);
      this.#lastSeq = Math.max(this.#lastSeq, lastSeq);
      return;
    }
    switch (payload[0]) {
      case types.queue: {
        const queue = queueSchema.parse(JSON.parse(payload.toString("utf8", 1)));
        this.#queues.set(queue.number, queue);
        return;
      }
      case types.queueDeleted:
        this.#deleteQueue(payload.readUInt32LE(1));
        return;
      case types.message: {
        const message = readMessage(payload, position, this.#names);
        if (this.#holdsContents) message.content = readContent(payload);
        this.#messages.set(message.seq, message);
        this.#lastSeq = Math.max(this.#lastSeq, message.seq);
        return;
      }
      case types.deleted:
        this.#messages.delete(payload.readDoubleLE(1));
        return;
      case types.received:
      case types.moved:
        this.#change(payload);
        return;
      default:
        throw new Error(`the journal has a record of the unknown type ${payload[0]}`);
    }
  }

  /** Removes the messages whose latest full record is in a segment up to this one. */
  forgetSegments(last: number): void {
    for (const { seq, segment } of this.#messages.values()) {
      if (segment <= last) this.#messages.delete(seq);
    }
  }

  #deleteQueue(number: number): void {
    this.#queues.delete(number);
    for (const { seq, queue } of this.#messages.values()) {
      if (queue === number) this.#messages.delete(seq);
    }
  }

  #change(payload: Buffer): void {
    const message = this.#messages.get(payload.readDoubleLE(1));
    if (message === undefined) return;
    message.visibleAt = undefined;
    if (payload[0] === types.received) {
      message.receives = payload.readUInt32LE(9);
      message.firstReceivedAt = readTime(payload, 13);
    } else {
      message.queue = payload.readUInt32LE(9);
      message.receivesBefore = message.receives;
      message.movedAt = message.firstReceivedAt;
      message.deadLetteredBy = shared(payload.toString("utf8", 13), this.#names);
    }
  }
}

const readTime = (payload: Buffer, offset: number): number | undefined => {
  const time = payload.readDoubleLE(offset);
  return time === 0 ? undefined : steadyTimeOf(time);
};

const readMessage = (
  payload: Buffer,
  { segment, offset, number }: RecordPosition,
  names: Map<string, string>,
): Message => {
  const groupEnd = messageHeadBytes + payload.readUInt16LE(61);
  const arnEnd = groupEnd + payload.readUInt16LE(63);
  const group = shared(payload.toString("utf8", messageHeadBytes, groupEnd), names);
  const deadLetteredBy = shared(payload.toString("utf8", groupEnd, arnEnd), names);
  const firstReceivedAt = readTime(payload, 37);
  return {
    seq: payload.readDoubleLE(1),
    // The first bytes of the id.
    idStart: payload.readUInt32BE(45) >>> 4,
    group,
    sentAt: readTime(payload, 13) ?? 0,
    movedAt: deadLetteredBy === undefined ? undefined : firstReceivedAt,
    queue: payload.readUInt32LE(9),
    place: "waiting",
    visibleAt: readTime(payload, 21),
    receives: payload.readUInt32LE(29),
    receivesBefore: payload.readUInt32LE(33),
    firstReceivedAt,
    receivedAt: undefined,
    deadLetteredBy,
    order: 0,
    timerIndex: -1,
    content: undefined,
    segment,
    offset,
    number,
    recordBytes: payload.length,
  };
};

/** Reads the content from the record of a message. */
export const readContent = (payload: Buffer): MessageContent => {
  const attributesStart = messageHeadBytes + payload.readUInt16LE(61) + payload.readUInt16LE(63);
  const bodyStart = attributesStart + payload.readUInt32LE(65);
  const text = payload.toString("utf8", attributesStart, bodyStart);
  const { attributes, systemAttributes } =
    text === "" ? {} : attributesSchema.parse(JSON.parse(text));
  const id = uuidOf(payload.toString("hex", 45, 61));
  return { id, body: payload.toString("utf8", bodyStart), attributes, systemAttributes };
};

const shared = (text: string, texts: Map<string, string>): string | undefined => {
  if (text === "") return undefined;
  const known = texts.get(text);
  if (known === undefined) texts.set(text, text);
  return known ?? text;
};

const uuidOf = (hex: string): string =>
  [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join(
    "-",
  );
