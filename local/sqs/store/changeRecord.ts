import * as z from "zod";
import type { Message } from "../engine/message.ts";
import type { QueueRecord } from "../engine/queue.ts";

/*
 * The records of the journal. The first byte is the type; numbers are little endian.
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
export interface RecordSink {
  append(bytes: number, fill: (buffer: Buffer, offset: number) => void): void;
}

const messageHeadBytes = 69;

export const appendQueue = (sink: RecordSink, record: QueueRecord): void => {
  const json = Buffer.from(JSON.stringify(record));
  sink.append(1 + json.length, (buffer, offset) => {
    buffer[offset] = types.queue;
    json.copy(buffer, offset + 1);
  });
};

export const appendQueueDeleted = (sink: RecordSink, queue: number): void =>
  sink.append(5, (buffer, offset) => {
    buffer[offset] = types.queueDeleted;
    buffer.writeUInt32LE(queue, offset + 1);
  });

/** Appends a complete message and returns the length of the record. */
export const appendMessage = (sink: RecordSink, message: Message): number => {
  const { group = "", deadLetteredBy = "", body } = message;
  const groupBytes = Buffer.byteLength(group);
  const arnBytes = Buffer.byteLength(deadLetteredBy);
  const attributes = attributesText(message);
  const attributeBytes = Buffer.byteLength(attributes);
  const bytes = messageHeadBytes + groupBytes + arnBytes + attributeBytes + Buffer.byteLength(body);
  sink.append(bytes, (buffer, start) => {
    let offset = writeHead(buffer, start, message);
    offset = buffer.writeUInt16LE(groupBytes, offset);
    offset = buffer.writeUInt16LE(arnBytes, offset);
    offset = buffer.writeUInt32LE(attributeBytes, offset);
    for (const text of [group, deadLetteredBy, attributes, body]) {
      offset += buffer.write(text, offset);
    }
  });
  return bytes;
};

const writeHead = (buffer: Buffer, start: number, message: Message): number => {
  buffer[start] = types.message;
  let offset = buffer.writeDoubleLE(message.seq, start + 1);
  offset = buffer.writeUInt32LE(message.queue, offset);
  offset = buffer.writeDoubleLE(message.sentAt, offset);
  // A message in flight is visible after a start.
  offset = buffer.writeDoubleLE(message.place === "inFlight" ? 0 : message.visibleAt, offset);
  offset = buffer.writeUInt32LE(message.receives, offset);
  offset = buffer.writeUInt32LE(message.receivesBefore, offset);
  offset = buffer.writeDoubleLE(message.firstReceivedAt, offset);
  return offset + buffer.write(message.id.replaceAll("-", ""), offset, "hex");
};

const attributesText = ({ attributes, systemAttributes }: Message): string =>
  attributes === undefined && systemAttributes === undefined
    ? ""
    : JSON.stringify({ attributes, systemAttributes });

export const appendDeleted = (sink: RecordSink, seq: number): void =>
  sink.append(9, (buffer, offset) => {
    buffer[offset] = types.deleted;
    buffer.writeDoubleLE(seq, offset + 1);
  });

export const appendReceived = (sink: RecordSink, message: Message): void =>
  sink.append(21, (buffer, offset) => {
    buffer[offset] = types.received;
    buffer.writeDoubleLE(message.seq, offset + 1);
    buffer.writeUInt32LE(message.receives, offset + 9);
    buffer.writeDoubleLE(message.firstReceivedAt, offset + 13);
  });

export const appendMoved = (sink: RecordSink, { seq, queue, deadLetteredBy = "" }: Message): void =>
  sink.append(13 + Buffer.byteLength(deadLetteredBy), (buffer, offset) => {
    buffer[offset] = types.moved;
    buffer.writeDoubleLE(seq, offset + 1);
    buffer.writeUInt32LE(queue, offset + 9);
    buffer.write(deadLetteredBy, offset + 13);
  });

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
  readonly #queues = new Map<number, QueueRecord>();
  readonly #messages = new Map<number, Message>();
  /** The names of the message groups, so that equal ones share their memory. */
  readonly #groups = new Map<string, string>();
  #lastSeq = 0;

  get queues(): Iterable<QueueRecord> {
    return this.#queues.values();
  }

  get messages(): Iterable<Message> {
    return this.#messages.values();
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Applies one record, or the state at the start of segment `segment`. */
  apply(payload: Buffer, segment: number, state?: unknown): void {
    if (state !== undefined) {
      const { queues, lastSeq } = journalState.parse(state);
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
        const message = readMessage(payload, { segment, groups: this.#groups });
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

  #deleteQueue(number: number): void {
    this.#queues.delete(number);
    for (const { seq, queue } of this.#messages.values()) {
      if (queue === number) this.#messages.delete(seq);
    }
  }

  #change(payload: Buffer): void {
    const message = this.#messages.get(payload.readDoubleLE(1));
    if (message === undefined) return;
    message.visibleAt = 0;
    if (payload[0] === types.received) {
      message.receives = payload.readUInt32LE(9);
      message.firstReceivedAt = payload.readDoubleLE(13);
    } else {
      message.queue = payload.readUInt32LE(9);
      message.receivesBefore = message.receives;
      message.enteredAt = message.firstReceivedAt;
      message.deadLetteredBy = payload.toString("utf8", 13) || undefined;
    }
  }
}

const readMessage = (
  payload: Buffer,
  { segment, groups }: { segment: number; groups: Map<string, string> },
): Message => {
  const groupBytes = payload.readUInt16LE(61);
  const arnBytes = payload.readUInt16LE(63);
  const attributeBytes = payload.readUInt32LE(65);
  let offset = messageHeadBytes;
  const text = (bytes: number): string => {
    const read = payload.toString("utf8", offset, offset + bytes);
    offset += bytes;
    return read;
  };
  const group = shared(text(groupBytes), groups);
  const deadLetteredBy = text(arnBytes) || undefined;
  const attributes = text(attributeBytes);
  const { attributes: own, systemAttributes } =
    attributes === "" ? {} : attributesSchema.parse(JSON.parse(attributes));
  return {
    seq: payload.readDoubleLE(1),
    queue: payload.readUInt32LE(9),
    sentAt: payload.readDoubleLE(13),
    enteredAt: payload.readDoubleLE(deadLetteredBy === undefined ? 13 : 37),
    visibleAt: payload.readDoubleLE(21),
    receives: payload.readUInt32LE(29),
    receivesBefore: payload.readUInt32LE(33),
    firstReceivedAt: payload.readDoubleLE(37),
    id: uuidOf(payload.toString("hex", 45, 61)),
    group,
    deadLetteredBy,
    attributes: own,
    systemAttributes,
    body: text(payload.length - offset),
    place: "waiting",
    receivedAt: 0,
    order: 0,
    timerIndex: -1,
    segment,
    recordBytes: payload.length,
  };
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
