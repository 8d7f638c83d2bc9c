import type { NewMessage } from "../engine/message.ts";
import { invalidValue, missingParameter, sqsFailure, unsupported } from "../errors.ts";
import { messageAttributesMax } from "../limits.ts";
import type { MessageInput } from "./inputs.ts";

/** Characters that a body must not contain. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are not allowed
const invalidCharacters = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

const typePattern = /^(String|Number|Binary)(\.[\w.]+)?$/;
const namePattern = /^(?!AWS\.|Amazon\.)[\w-]+(\.[\w-]+)*$/i;

/** Checks a message of a request. Fails with the error of SQS. */
export const checkMessage = (input: MessageInput): NewMessage => {
  const { MessageBody: body, MessageAttributes, MessageSystemAttributes } = input;
  if (body === "") throw missingParameter("MessageBody");
  if (invalidCharacters.test(body) || !body.isWellFormed()) {
    throw sqsFailure(
      "InvalidMessageContents",
      "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
    );
  }
  if (input.MessageDeduplicationId !== undefined) {
    throw unsupported(
      "MessageDeduplicationId belongs to FIFO queues, which are not supported here.",
    );
  }
  const names = Object.keys(MessageAttributes ?? {});
  if (names.length > messageAttributesMax) {
    throw invalidValue(
      `Number of message attributes [${names.length}] exceeds the allowed maximum [${messageAttributesMax}].`,
    );
  }
  for (const [name, value] of Object.entries(MessageAttributes ?? {})) {
    checkAttribute(name, value);
  }
  return {
    body,
    group: input.MessageGroupId,
    delaySeconds: input.DelaySeconds,
    attributes: names.length === 0 ? undefined : MessageAttributes,
    systemAttributes: MessageSystemAttributes,
  };
};

const checkAttribute = (
  name: string,
  { DataType, StringValue, BinaryValue }: NonNullable<MessageInput["MessageAttributes"]>[string],
): void => {
  if (!namePattern.test(name) || name.length > 256) {
    throw invalidValue(`Invalid message attribute name '${name}'.`);
  }
  if (!typePattern.test(DataType)) {
    throw invalidValue(
      `The type of message attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
    );
  }
  const value = DataType.startsWith("Binary") ? BinaryValue : StringValue;
  if (value === undefined || value === "") {
    throw invalidValue(`Message attribute '${name}' must contain a non-empty value of its type.`);
  }
  if (DataType.startsWith("Number") && Number.isNaN(Number(value))) {
    throw invalidValue(`Can't cast the value of message attribute '${name}' to a number.`);
  }
};
