import type { ReceivedMessage } from "../../sqs/sqsClient.ts";
import { payloadBytesMax } from "../limits.ts";
import { type EventSource, sqsEvent, sqsRecord } from "./sqsEvent.ts";

/** The messages of one invocation, and their event in JSON. */
export interface Batch {
  readonly messages: readonly ReceivedMessage[];
  readonly payload: string;
}

/** Upper bound of the bytes of an event besides its records. */
const eventExtraBytes = 64;

/** Maximum length of a UTF-16 code unit in JSON: `\\u0000`. */
const jsonBytesPerCharMax = 6;
/** Upper bound of a message's bytes without its body and its own attributes. */
const envelopeBytesMax = 8_192;

/** Whether a batch certainly fits into one invocation. Cheaper than to serialize each message. */
const isSmall = (messages: readonly ReceivedMessage[]): boolean => {
  let bytes = 0;
  for (const { body, messageAttributes } of messages) {
    if (Object.keys(messageAttributes).length > 0) return false;
    bytes += body.length * jsonBytesPerCharMax + envelopeBytesMax;
  }
  return bytes <= payloadBytesMax;
};

/** Splits messages so that each part fits into one invocation. */
export const splitIntoBatches = (
  messages: readonly ReceivedMessage[],
  source: EventSource,
): Batch[] => {
  if (messages.length === 0) return [];
  if (isSmall(messages)) return [{ messages, payload: JSON.stringify(sqsEvent(messages, source)) }];
  const parts: { messages: ReceivedMessage[]; records: string[] }[] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const message of messages) {
    const record = JSON.stringify(sqsRecord(message, source));
    const more = Buffer.byteLength(record) + 1;
    let part = parts.at(-1);
    if (part === undefined || bytes + more > payloadBytesMax) {
      part = { messages: [], records: [] };
      parts.push(part);
      bytes = eventExtraBytes;
    }
    part.messages.push(message);
    part.records.push(record);
    bytes += more;
  }
  return parts.map((part) => ({
    messages: part.messages,
    payload: `{"Records":[${part.records.join(",")}]}`,
  }));
};
