import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { omitUndefined } from "../platform/omitUndefined.ts";
import { eventTime, parseEventTopic } from "../platform/topic.ts";

// The nouns that the queue functions read are written with zod's small edition: it is a sixth of the bundle.
const text = z.string().check(z.minLength(1));
/** A later one cannot be written as a date: https://tc39.es/ecma262/#sec-time-values-and-time-range */
const dateMsMax = 8_640_000_000_000_000;
const time = z.int().check(z.nonnegative(), z.maximum(dateMsMax));

/** An event that a device or the API published. */
export const deviceEvent = z.object({
  /** The same for every repeat of the event, over redeliveries and restarts. */
  id: text,
  fleet: text,
  /** Who published it: a device's id, or `api`. */
  device: text,
  name: text,
  /** The payload as it came, in base64. */
  data: z.string(),
  /** When it happened, in milliseconds since 1970. */
  publishedAt: time,
  /** How many integrations it has come through, one after another, as far as they said so; without it, none. */
  hops: z.optional(z.int().check(z.nonnegative())),
});

export type DeviceEvent = z.output<typeof deviceEvent>;

/** What the topic rule puts into the queue, and what comes back from S3 when it could not. */
export const receivedEvent = z.object({
  topic: z.string(),
  receivedAt: time,
  id: text,
  // A rule leaves out what is Undefined, and AWS does not say whether the encoding of an empty payload is.
  data: z._default(z.base64(), ""),
});

export type ReceivedEvent = z.output<typeof receivedEvent>;

/** An event from the queue, with the device's own id of it if it wants an ack. */
export interface AcceptedEvent {
  readonly event: DeviceEvent;
  readonly key?: string;
  /** Its message: the same when the queue gives it out again, another one for a repeat by the device. */
  readonly message: string;
  /** What the message says. */
  readonly received: ReceivedEvent;
  /** The queue has given the message out before: somebody may have begun with it. */
  readonly isRedelivered?: true;
}

/** Reads what the rule wrote. `undefined` when the topic is not an event's. */
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

/** An id that every repeat of the device's event gets again, so that a target can tell a repeat. */
const repeatableId = (fleet: string, device: string, key: string): string =>
  shortHash(`${fleet}/${device}/${key}`);

/** 32 hex digits that stand for a text. */
export const shortHash = (text: string): string =>
  createHash("sha256").update(text).digest("hex").slice(0, 32);

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The event's data as text; what is not UTF-8 becomes a data URL. */
export const eventText = ({ data }: Pick<DeviceEvent, "data">): string => {
  try {
    return utf8.decode(Buffer.from(data, "base64"));
  } catch {
    return `data:application/octet-stream;base64,${data}`;
  }
};

/** The id of an event's delivery to an integration. */
export const deliveryId = (event: string, integration: string): string =>
  `msg_${shortHash(`${event}/${integration}`)}`;
