import * as z from "zod";
import { components, ofSchemas, schema } from "./schemaChanges.ts";

const reference = z.looseObject({ $ref: z.string() });
const references = z.record(z.string(), reference);

const document = z.looseObject({
  channels: z.record(
    z.string(),
    z.looseObject({ address: z.string().nullable(), messages: references }),
  ),
  operations: z.record(
    z.string(),
    z.looseObject({
      action: z.enum(["receive", "send"]),
      channel: reference,
      messages: z.array(reference).optional(),
    }),
  ),
  components: components.components.extend({
    messages: z.record(
      z.string(),
      z.looseObject({
        contentType: z.string().optional(),
        headers: schema.optional(),
        payload: schema,
      }),
    ),
  }),
});

type Document = z.output<typeof document>;

/** The two documents, and the name of the operation whose messages are compared. */
interface Context {
  readonly before: Document;
  readonly after: Document;
  readonly name: string;
}

/**
 * Names each change between two AsyncAPI documents that can break a device, a client of a stream or
 * a target: a removed channel, operation or message, another address or content type, a narrower
 * message of those that the cloud receives, and a wider one of those that it sends. New channels,
 * operations and messages are no such changes: devices ignore messages that they do not know.
 */
export const breakingMessages = (released: unknown, current: unknown): string[] => {
  const before = document.parse(released);
  const after = document.parse(current);
  return [
    ...ofChannels(before, after),
    ...Object.keys(before.operations).flatMap((name) => ofOperation({ before, after, name })),
  ];
};

const ofChannels = (before: Document, after: Document): string[] =>
  Object.entries(before.channels).flatMap(([name, { address }]) => {
    const now = after.channels[name];
    if (now === undefined) return [`the channel ${name} was removed`];
    if (now.address === address) return [];
    return [`the channel ${name} was ${address} and is ${now.address}`];
  });

const ofOperation = ({ before, after, name }: Context): string[] => {
  const old = before.operations[name];
  const now = after.operations[name];
  if (old === undefined) return [];
  if (now === undefined) return [`${name}: the operation was removed`];
  const context = { before, after, name };
  if (now.action !== old.action) return [`${name}: the cloud now ${now.action}s the messages`];
  const left = messagesOf(after, now);
  return messagesOf(before, old).flatMap((message) =>
    left.includes(message)
      ? ofMessage(message, old.action, context)
      : [`${name}: the message ${message} was removed`],
  );
};

/** The names of the messages of an operation: its own, or all of its channel. */
const messagesOf = (
  { channels }: Document,
  { channel, messages }: Document["operations"][string],
): string[] =>
  messages?.map(({ $ref }) => lastPart($ref)) ??
  Object.keys(channels[lastPart(channel.$ref)]?.messages ?? {});

const lastPart = (reference_: string): string => reference_.split("/").at(-1) ?? "";

const ofMessage = (
  message: string,
  action: "receive" | "send",
  { before, after, name }: Context,
): string[] => {
  const old = before.components.messages[message];
  const now = after.components.messages[message];
  if (old === undefined || now === undefined) return [];
  const direction = action === "receive" ? "input" : "reply";
  const found = [
    ...(old.contentType === now.contentType
      ? []
      : [`the content type was ${old.contentType} and is ${now.contentType}`]),
    ...(["headers", "payload"] as const).flatMap((part) =>
      ofSchemas(
        { schema: old[part] ?? {}, of: before },
        { schema: now[part] ?? {}, of: after },
        { at: `the ${part}`, direction },
      ),
    ),
  ];
  return found.map((change) => `${name}: ${message}: ${change}`);
};
