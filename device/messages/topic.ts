import { nameBytesMax, topicBytesMax, topicSlashesMax } from "../limits.ts";
import type { OutboxEvent } from "../outbox/outbox.ts";

/**
 * Returns the topic of an event. Quiet events use basic ingest, which bypasses the broker and its
 * live subscribers. Throws if the topic exceeds the limits of IoT Core.
 */
export const eventTopic = (
  { name, id, at, quiet = false }: Omit<OutboxEvent, "id" | "data"> & { readonly id?: string },
  { fleet, device }: { readonly fleet: string; readonly device: string },
): string => {
  const properties = new URLSearchParams();
  if (id !== undefined) properties.set("id", id);
  if (at !== undefined) properties.set("at", String(at));
  const query = properties.size === 0 ? "" : `/?${properties}`;
  const topic = `events/${fleet}/${device}/${name}${query}`;
  if (!fitsLimits(topic))
    throw new Error(`the event name ${name} is too long or has too many levels`);
  return quiet ? `$aws/rules/godwit_events/${topic}` : topic;
};

const fitsLimits = (topic: string): boolean =>
  Buffer.byteLength(topic) <= topicBytesMax && topic.split("/").length - 1 <= topicSlashesMax;

/** An event of the fleet. */
export interface ReceivedEvent {
  readonly name: string;
  readonly data: Buffer;
  /** The id of the publishing device, or `api`. */
  readonly sender: string;
}

/**
 * Parses an event's topic into the sender and the name without properties. Returns `undefined` for
 * any other topic.
 */
export const parseEventTopic = (topic: string): Omit<ReceivedEvent, "data"> | undefined => {
  const [root, fleet, sender, ...rest] = topic.split("/");
  if (root !== "events" || !fleet || !sender) return undefined;
  const hasProperties = rest.length > 1 && rest.at(-1)?.startsWith("?");
  const name = (hasProperties ? rest.slice(0, -1) : rest).join("/");
  return name === "" ? undefined : { name, sender };
};

/** Throws if a device must not publish an event with this name. */
export const checkName = (name: string): void => {
  const levels = name.split("/");
  if (levels.includes("")) throw new Error("an event name must not contain an empty level");
  if (levels.at(-1)?.startsWith("?"))
    throw new Error(
      "the last level of an event name must not begin with ?: it would hold properties",
    );
  if (Buffer.byteLength(name) > nameBytesMax) {
    throw new Error(`an event name must not exceed ${nameBytesMax} bytes`);
  }
  checkCharacters(name);
};

/** Throws if a text cannot be part of an event's topic. */
export const checkCharacters = (text: string): void => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression matches control characters.
  if (/[+#\u0000-\u001f\u007f-\u009f]/.test(text)) {
    throw new Error("a topic must not contain +, # or control characters");
  }
  if (!text.isWellFormed()) throw new Error("a topic must be well-formed Unicode");
};

/** Whether a text is a valid fleet id: one level of a topic. */
export const isFleet = (fleet: string): boolean => /^[\w.:=@-]{1,64}$/.test(fleet);
