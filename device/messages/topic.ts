import { nameBytesMax, topicBytesMax, topicSlashesMax } from "../limits.ts";
import type { OutboxEvent } from "../outbox/outbox.ts";

/** Where an event goes: by the broker, or past it and its live subscribers when it is quiet. */
export const eventTopic = (
  { name, id, at, quiet = false }: Omit<OutboxEvent, "id" | "data"> & { readonly id?: string },
  { fleet, device }: { readonly fleet: string; readonly device: string },
): string => {
  const properties = new URLSearchParams();
  if (id !== undefined) properties.set("id", id);
  if (at !== undefined) properties.set("at", String(at));
  const query = properties.size === 0 ? "" : `/?${properties}`;
  const topic = `events/${fleet}/${device}/${name}${query}`;
  if (!fits(topic)) throw new Error(`the event name ${name} is too long or too deep for a topic`);
  return quiet ? `$aws/rules/godwit_events/${topic}` : topic;
};

const fits = (topic: string): boolean =>
  Buffer.byteLength(topic) <= topicBytesMax && topic.split("/").length - 1 <= topicSlashesMax;

/** An event that somebody in the fleet published. */
export interface ReceivedEvent {
  readonly name: string;
  readonly data: Buffer;
  /** The id of the device that published it, or `api`. */
  readonly sender: string;
}

/** Reads an event's topic: its sender, and its name without properties. `undefined` for another topic. */
export const parseEventTopic = (topic: string): Omit<ReceivedEvent, "data"> | undefined => {
  const [root, fleet, sender, ...rest] = topic.split("/");
  if (root !== "events" || !fleet || !sender) return undefined;
  const hasProperties = rest.length > 1 && rest.at(-1)?.startsWith("?");
  const name = (hasProperties ? rest.slice(0, -1) : rest).join("/");
  return name === "" ? undefined : { name, sender };
};

/** Fails with the reason when a device may not give an event this name. */
export const checkName = (name: string): void => {
  const levels = name.split("/");
  if (levels.includes("")) throw new Error("an event name has no empty level");
  if (levels.at(-1)?.startsWith("?")) throw new Error("a last level with ? holds properties");
  if (Buffer.byteLength(name) > nameBytesMax) {
    throw new Error(`an event name has at most ${nameBytesMax} bytes`);
  }
  checkCharacters(name);
};

/** Fails with the reason when text cannot be a part of an event's topic. */
export const checkCharacters = (text: string): void => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for.
  if (/[+#\u0000-\u001f\u007f-\u009f]/.test(text)) {
    throw new Error("a topic has no +, # or control characters");
  }
  if (!text.isWellFormed()) throw new Error("a topic is well-formed Unicode");
};

/** Whether the cloud may give a fleet this name: one level of a topic. */
export const isFleet = (fleet: string): boolean => /^[\w.:=@-]{1,64}$/.test(fleet);
