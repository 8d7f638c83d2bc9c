import { invalidReceiptHandle } from "../errors.ts";
import { idStartOf, type Message, type ReceivedMessage } from "./message.ts";
import type { Queue } from "./queue.ts";

/** The receipt handle of the last receive of a message. Each receive has its own. */
export const receiptHandleOf = ({
  id,
  seq,
  receives,
}: Pick<ReceivedMessage, "id" | "seq" | "receives">): string =>
  Buffer.from(`${id} ${seq} ${receives}`).toString("base64url");

/**
 * The message of a receipt handle; `undefined` when it is deleted or received again since. Fails
 * when the text is not a receipt handle.
 */
export const messageOf = (queue: Queue, receiptHandle: string): Message | undefined => {
  const text = Buffer.from(receiptHandle, "base64url").toString("latin1");
  const match = /^([0-9a-f-]{36}) (\d{1,16}) (\d{1,10})$/.exec(text);
  if (match === null) throw invalidReceiptHandle();
  const [, id = "", seq, receives] = match;
  const message = queue.messages.get(Number(seq));
  const isCurrent = message?.idStart === idStartOf(id) && message.receives === Number(receives);
  return isCurrent ? message : undefined;
};
