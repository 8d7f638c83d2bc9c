import { invalidParameter } from "./errors.ts";
import { messageBytesMax, subjectCharsMax } from "./limits.ts";
import { type Published, readTexts } from "./notification.ts";
import type { TopicMessage } from "./topics.ts";

/**
 * A valid message with its id and time. Fails with an error of SNS otherwise.
 * https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
export const checkMessage = (given: TopicMessage): Published => {
  const { subject, message, messageStructure, messageAttributes } = given;
  if (message === "") throw invalidParameter("Empty message");
  if (Buffer.byteLength(message) > messageBytesMax) throw invalidParameter("Message too long");
  if (subject !== undefined && !isSubject(subject)) throw invalidParameter("Subject");
  const messages = messageStructure === "json" ? readTexts(message) : undefined;
  if (messageStructure === "json" && messages === undefined) {
    throw invalidParameter("Message Structure - No default entry in JSON message body");
  }
  return {
    id: crypto.randomUUID(),
    ...(subject !== undefined && { subject }),
    message,
    ...(messages !== undefined && { messages }),
    ...(messageAttributes !== undefined && { attributes: { ...messageAttributes } }),
    timestamp: new Date().toISOString(),
  };
};

/** Printable text that begins with a letter, a number or a punctuation mark. */
const isSubject = (text: string): boolean =>
  text.length <= subjectCharsMax && /^[\p{L}\p{N}\p{P}\p{S}]\P{Cc}*$/u.test(text);
