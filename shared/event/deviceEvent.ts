import { hash } from "node:crypto";
import * as z from "zod/mini";
import { omitUndefined } from "../platform/omitUndefined.ts";
import { eventTime, parseEventTopic } from "../platform/topic.ts";

// Schemas that queue functions bundle use zod/mini, which is a sixth of the size of zod.
const text = z.string().check(z.minLength(1));
/**
 * The latest time that a Date can represent:
 * https://tc39.es/ecma262/#sec-time-values-and-time-range
 */
const dateMsMax = 8_640_000_000_000_000;
const time = z.int().check(z.nonnegative(), z.maximum(dateMsMax));

/** An event that a device or the API published. */
export const deviceEvent = z.object({
  /** The same for each redelivery and each repeat of the event by its device. */
  id: text,
  fleet: text,
  /** The publisher: a device's id, or `api`. */
  device: text,
  name: text,
  /** The payload in base64. */
  data: z.string(),
  /** When it happened, in milliseconds since 1970. */
  publishedAt: time,
  /**
   * The number of integrations that the event has passed through, as they report it; absent means
   * 0.
   */
  hops: z.optional(z.int().check(z.nonnegative())),
});

export type DeviceEvent = z.output<typeof deviceEvent>;

/**
 * The message that the topic rule puts into the queue, or `recover` after a failure of the rule.
 */
export const receivedEvent = z.object({
  topic: z.string(),
  receivedAt: time,
  id: text,
  // A rule omits Undefined values. AWS does not document whether encode() of an empty payload is
  // Undefined.
  data: z._default(z.base64(), ""),
});

export type ReceivedEvent = z.output<typeof receivedEvent>;

/** An event from the queue. */
export interface AcceptedEvent {
  readonly event: DeviceEvent;
  /** The device's own id of the event. The device asks for an acknowledgement with it. */
  readonly key?: string;
  /**
   * The id of the message. A redelivery by the queue has the same id, a repeat by the device
   * another one.
   */
  readonly message: string;
  /** The content of the message. */
  readonly received: ReceivedEvent;
  /** SQS has delivered the message before, so another worker may have begun to process it. */
  readonly isRedelivered?: true;
}

/** Reads a message of the topic rule. Returns `undefined` if its topic is not an event topic. */
export const acceptEvent = (received: ReceivedEvent): AcceptedEvent | undefined => {
  const { topic, receivedAt, id, data } = received;
  const parsed = parseEventTopic(topic);
  if (parsed === undefined) return undefined;
  const { fleet, device, name, key, at, hops } = parsed;
  return {
    event: {
      id: key === undefined ? id : repeatableId(fleet, device, key),
      fleet,
      device,
      name,
      data,
      publishedAt: eventTime(receivedAt, at),
      ...omitUndefined({ hops }),
    },
    ...omitUndefined({ key }),
    message: id,
    received,
  };
};

/** An id that is the same for each repeat by the device, so that a target can detect duplicates. */
const repeatableId = (fleet: string, device: string, key: string): string =>
  shortHash(`${fleet}/${device}/${key}`);

/** The first 32 hex digits of the SHA-256 hash of a text. */
export const shortHash = (text: string): string => hash("sha256", text, "hex").slice(0, 32);

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The event's data as text. Data that is not valid UTF-8 becomes a data URL. */
export const eventText = ({ data }: Pick<DeviceEvent, "data">): string => {
  try {
    return utf8.decode(Buffer.from(data, "base64"));
  } catch {
    return `data:application/octet-stream;base64,${data}`;
  }
};

/** The id of the delivery of an event to an integration. */
export const deliveryId = (event: string, integration: string): string =>
  `msg_${shortHash(`${event}/${integration}`)}`;
