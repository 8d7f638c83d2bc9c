import type { NewMessage } from "../engine/message.ts";
import { invalidValue, missingParameter, sqsFailure, unsupported } from "../errors.ts";
import { attributeNameCharsMax, groupCharsMax, messageAttributesMax } from "../limits.ts";
import type { MessageInput } from "./inputs.ts";

/** Characters that a body must not contain. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are not allowed
const invalidCharacters = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

const isText = (text: string): boolean => text.isWellFormed() && !invalidCharacters.test(text);

/** Letters, digits and punctuation of ASCII. */
const groupPattern = /^[!-~]+$/;
const typePattern = /^(String|Number|Binary)(\.[\w.]+)?$/;
const namePattern = /^(?!AWS\.|Amazon\.)[\w-]+(\.[\w-]+)*$/i;

const checkGroup = (group: string): void => {
  if (groupPattern.test(group) && group.length <= groupCharsMax) return;
  throw invalidValue(
    `MessageGroupId can only include alphanumeric and punctuation characters. 1 to ${groupCharsMax} in length.`,
  );
};

/** Checks a message of a request. Fails with the error of SQS. */
export const checkMessage = (input: MessageInput): NewMessage => {
  const { MessageBody: body, MessageAttributes, MessageSystemAttributes } = input;
  if (body === "") throw missingParameter("MessageBody");
  if (!isText(body)) {
    throw sqsFailure("InvalidMessageContents", `Invalid characters found. ${validCharacters}`);
  }
  if (input.MessageGroupId !== undefined) checkGroup(input.MessageGroupId);
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
  checkSystemAttributes(MessageSystemAttributes ?? {});
  return {
    body,
    group: input.MessageGroupId,
    delaySeconds: input.DelaySeconds,
    attributes: names.length === 0 ? undefined : MessageAttributes,
    systemAttributes: MessageSystemAttributes,
  };
};

const validCharacters =
  "Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF";

type Attributes = NonNullable<MessageInput["MessageAttributes"]>;

/** SQS has one system attribute, of type String. */
const checkSystemAttributes = (attributes: Attributes): void => {
  for (const [name, value] of Object.entries(attributes)) {
    if (name !== "AWSTraceHeader" || value.DataType !== "String") {
      throw invalidValue(`Message system attribute name '${name}' or its type is invalid.`);
    }
    checkAttribute("AWSTraceHeader", value);
  }
};

const checkAttribute = (
  name: string,
  { DataType, StringValue, BinaryValue }: Attributes[string],
): void => {
  if (!namePattern.test(name) || name.length > attributeNameCharsMax) {
    throw invalidValue(`Invalid message attribute name '${name}'.`);
  }
  if (!typePattern.test(DataType) || DataType.length > attributeNameCharsMax) {
    throw invalidValue(
      `The type of message attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
    );
  }
  const value = DataType.startsWith("Binary") ? BinaryValue : StringValue;
  if (value === undefined || value === "") {
    throw invalidValue(`Message attribute '${name}' must contain a non-empty value of its type.`);
  }
  if (StringValue !== undefined && BinaryValue !== undefined) {
    throw invalidValue(`Message attribute '${name}' must have one value.`);
  }
  if (StringValue !== undefined && !isText(StringValue)) {
    throw invalidValue(
      `Invalid characters found in message attribute '${name}'. ${validCharacters}`,
    );
  }
  if (DataType.startsWith("Number") && Number.isNaN(Number(value))) {
    throw invalidValue(`Can't cast the value of message attribute '${name}' to a number.`);
  }
};
