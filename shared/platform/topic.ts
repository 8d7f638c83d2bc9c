import { clockAheadMsMax, eventKeyCharsMax } from "./limits.ts";
import { topicBytesMax, topicSlashesMax } from "./quotas.ts";

/** What an event's topic says. */
export interface EventTopic {
  readonly fleet: string;
  /** Who published it: a device's id, or `api`. */
  readonly device: string;
  /** The event's name; it may hold slashes. */
  readonly name: string;
  /**
   * The device's own id of the event (`id` property): asks for a durable ack and removes repeats.
   */
  readonly key?: string;
  /** When it happened by the device's clock (`at` property), in milliseconds since 1970. */
  readonly at?: number;
  /**
   * How many integrations the event has come through, one after another (`hops` property): 0 unless
   * given.
   */
  readonly hops?: number;
}

/** Stands in an event's topic where the device's id is when the API published it. */
export const apiPublisher = "api";

/**
 * The same for what the cloud and its integrations have to say, under Particle's name for it. No
 * device can be called so.
 */
export const cloudPublisher = "particle-internal";

const keyPattern = new RegExp(`^[\\x21-\\x7e]{1,${eventKeyCharsMax}}$`);

/** The topic that an event is published to. Fails to be readable when `name` has an empty part. */
export const eventTopic = ({ fleet, device, name, key, at, hops }: EventTopic): string => {
  const properties = new URLSearchParams();
  if (key !== undefined) properties.set("id", key);
  if (at !== undefined) properties.set("at", String(at));
  if (hops !== undefined && hops > 0) properties.set("hops", String(hops));
  const query = properties.toString();
  return `events/${fleet}/${device}/${name}${query === "" ? "" : `/?${query}`}`;
};

/**
 * Reads an event's topic. The last level holds properties when it begins with `?`. A property that
 * cannot be read counts as not given: the event is still delivered, and the device gets no ack for
 * it. `undefined` for a topic that is not an event's.
 */
export const parseEventTopic = (topic: string): EventTopic | undefined => {
  const [root, fleet, device, ...rest] = topic.split("/");
  if (root !== "events" || !fleet || !device) return undefined;
  const last = rest.at(-1);
  const properties = rest.length > 1 && last?.startsWith("?") ? last.slice(1) : undefined;
  const name = (properties === undefined ? rest : rest.slice(0, -1)).join("/");
  if (name === "") return undefined;
  return { fleet, device, name, ...readProperties(properties ?? "") };
};

const readProperties = (query: string): Pick<EventTopic, "key" | "at" | "hops"> => {
  const properties = new URLSearchParams(query);
  const key = properties.get("id") ?? "";
  const at = properties.get("at") ?? "";
  const hops = properties.get("hops") ?? "";
  return {
    ...(keyPattern.test(key) && { key }),
    ...(/^[1-9]\d{0,14}$/.test(at) && { at: Number(at) }),
    ...(/^[1-9]\d?$/.test(hops) && { hops: Number(hops) }),
  };
};

/**
 * When an event happened: what the device says, unless its clock is more than `clockAheadMsMax`
 * ahead of the cloud's; then when the cloud received it. Milliseconds since 1970.
 */
export const eventTime = (receivedAt: number, at: number | undefined): number =>
  at === undefined || at > receivedAt + clockAheadMsMax ? receivedAt : at;

/** Whether IoT Core takes a topic of this length and depth. */
export const fitsTopic = (topic: string): boolean =>
  Buffer.byteLength(topic) <= topicBytesMax && topic.split("/").length - 1 <= topicSlashesMax;

/**
 * The topic of an event that the cloud publishes at a time, which stands in it: streams, webhooks
 * and the archive then show the same time. A name that leaves no room for properties goes without
 * them, and without its `hops`.
 */
export const cloudTopic = (event: EventTopic & { readonly at: number }): string => {
  const whole = eventTopic(event);
  const { fleet, device, name } = event;
  return fitsTopic(whole) ? whole : eventTopic({ fleet, device, name });
};

/**
 * Where streams of a fleet hear when the cloud received events whose topics do not say when they
 * happened. No device reads it.
 */
export const receiveTimesTopic = (fleet: string): string => `stamps/${fleet}`;

/** Where a device hears which of its events are durably stored. */
export const ackTopic = (device: string): string => `acks/${device}`;

/** Where a device hears calls, sent to it alone. */
export const callTopic = (device: string): string => `calls/${device}`;

/** Where a device hears what the cloud wants of it, sent to it alone. */
export const controlTopic = (device: string): string => `control/${device}`;

/**
 * The event that tells users how a device's connection changed, as Particle's cloud names it. The
 * cloud publishes it in the device's name, so it is no sign of the device.
 */
export const statusEvent = "spark/status";

/**
 * What the cloud itself puts into the queue of presence when it doubts what it knows of a device.
 * No device publishes it.
 */
export const reconcileTopic = (device: string): string => `doubts/${device}`;

/** A device's id, which is also its MQTT client id and its name in IoT Core's registry. */
export const deviceIdPattern = /^[0-9a-f]{24}$/;

/** The device that a topic `hello/{device}` is about. */
export const helloDevice = (topic: string): string | undefined => lastLevel("hello/", topic);

/** The device that a topic `certificates/{device}` is about: it asks for a certificate. */
export const certificatesDevice = (topic: string): string | undefined =>
  lastLevel("certificates/", topic);

/** The device that a topic `doubts/{device}` is about. */
export const reconcileDevice = (topic: string): string | undefined => lastLevel("doubts/", topic);

/** The device that a presence event is about; `undefined` for clients that are no devices. */
export const presenceDevice = (topic: string): string | undefined =>
  lastLevel("$aws/events/presence/connected/", topic) ??
  lastLevel("$aws/events/presence/disconnected/", topic);

const lastLevel = (prefix: string, topic: string): string | undefined => {
  const id = topic.startsWith(prefix) ? topic.slice(prefix.length) : "";
  return deviceIdPattern.test(id) ? id : undefined;
};

/** All events of a fleet, or of one device, as an MQTT topic filter. */
export const eventsFilter = (fleet: string, device = "+"): string =>
  device === "+" ? `events/${fleet}/#` : `events/${fleet}/${device}/#`;
