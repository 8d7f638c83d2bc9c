import { clockAheadMsMax, eventKeyCharsMax } from "./limits.ts";
import { topicBytesMax, topicSlashesMax } from "./quotas.ts";

/** The content of an event topic. */
export interface EventTopic {
  readonly fleet: string;
  /** The publisher: a device's id, or `api`. */
  readonly device: string;
  /** The event's name. It may contain slashes. */
  readonly name: string;
  /**
   * The device's id of the event (`id` property). It requests a durable acknowledgement and
   * duplicate detection.
   */
  readonly key?: string;
  /** The time of the event by the device's clock (property `at`), in milliseconds since 1970. */
  readonly at?: number;
  /**
   * The number of integrations that the event has passed through (property `hops`): 0 by default.
   */
  readonly hops?: number;
}

/** The publisher of events of the API. In event topics it takes the place of a device's id. */
export const apiPublisher = "api";

/**
 * The publisher of events of the cloud and its integrations, as Particle names it. It is not a
 * valid device id.
 */
export const cloudPublisher = "particle-internal";

const keyPattern = new RegExp(`^[\\x21-\\x7e]{1,${eventKeyCharsMax}}$`);

/** The topic of an event. It cannot be parsed if `name` has an empty level. */
export const eventTopic = ({ fleet, device, name, key, at, hops }: EventTopic): string => {
  const properties = new URLSearchParams();
  if (key !== undefined) properties.set("id", key);
  if (at !== undefined) properties.set("at", String(at));
  if (hops !== undefined && hops > 0) properties.set("hops", String(hops));
  const query = properties.toString();
  return `events/${fleet}/${device}/${name}${query === "" ? "" : `/?${query}`}`;
};

/** The last level of the topic of an event that only live subscribers receive. */
const liveOnly = "?live=1";

/**
 * The topic of an event of the cloud that goes to live subscribers only: the topic rule does not
 * forward it. If a
 * name leaves no space for the property, the event is forwarded like any other.
 */
export const liveTopic = (topic: string): string => {
  const live = `${topic}/${liveOnly}`;
  return fitsTopic(live) ? live : topic;
};

/**
 * Parses an event topic. The last level contains properties if it begins with `?`. Invalid
 * properties are ignored: the event is delivered, but an invalid `id` is not acknowledged. Returns
 * `undefined` for other topics.
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
 * The time of an event, in milliseconds since 1970: the device's time, or the receive time if there
 * is none or if the device's clock is more than `clockAheadMsMax` ahead.
 */
export const eventTime = (receivedAt: number, at: number | undefined): number =>
  at === undefined || at > receivedAt + clockAheadMsMax ? receivedAt : at;

/** Whether a topic is within IoT Core's limits of length and levels. */
export const fitsTopic = (topic: string): boolean =>
  Buffer.byteLength(topic) <= topicBytesMax && topic.split("/").length - 1 <= topicSlashesMax;

/**
 * The topic of an event that the cloud publishes. It contains the time, so that streams, webhooks
 * and the archive show the same one. If a name leaves no space for properties, the topic has none.
 */
export const cloudTopic = (event: EventTopic & { readonly at: number }): string => {
  const complete = eventTopic(event);
  const { fleet, device, name } = event;
  return fitsTopic(complete) ? complete : eventTopic({ fleet, device, name });
};

/** The topic of receive times of a fleet's events, for streams. Devices cannot subscribe to it. */
export const receiveTimesTopic = (fleet: string): string => `stamps/${fleet}`;

/** The topic on which a device receives acknowledgements of its durably stored events. */
export const ackTopic = (device: string): string => `acks/${device}`;

/** The topic on which a device receives calls, as direct messages. */
export const callTopic = (device: string): string => `calls/${device}`;

/** The topic on which a device receives control messages of the cloud, as direct messages. */
export const controlTopic = (device: string): string => `control/${device}`;

/** The topic on which a device receives blocks of images, as direct messages. */
export const firmwareTopic = (device: string): string => `firmware/${device}`;

/**
 * The event with which users are notified of a device's connection, as Particle names it. The cloud
 * publishes it as the device, so it is not device activity.
 */
export const statusEvent = "spark/status";

/**
 * The topic of a reconcile request in the queue `Presence`. The cloud sends it; devices cannot
 * publish it.
 */
export const reconcileTopic = (device: string): string => `doubts/${device}`;

/** A device id, which is also the MQTT client id and the thing name in IoT Core. */
export const deviceIdPattern = /^[0-9a-f]{24}$/;

/** The device of a topic `hello/{device}`. */
export const helloDevice = (topic: string): string | undefined => lastLevel("hello/", topic);

/** The device of a topic `certificates/{device}`, with which it requests a certificate. */
export const certificatesDevice = (topic: string): string | undefined =>
  lastLevel("certificates/", topic);

/** The device of a topic `updates/{device}`, on which it reports about updates. */
export const updatesDevice = (topic: string): string | undefined => lastLevel("updates/", topic);

/** The device of a topic `doubts/{device}`. */
export const reconcileDevice = (topic: string): string | undefined => lastLevel("doubts/", topic);

/** The device of a presence event; `undefined` for clients that are not devices. */
export const presenceDevice = (topic: string): string | undefined =>
  connectedDevice(topic) ?? lastLevel("$aws/events/presence/disconnected/", topic);

/** The device of a presence event `connected`. */
export const connectedDevice = (topic: string): string | undefined =>
  lastLevel("$aws/events/presence/connected/", topic);

const lastLevel = (prefix: string, topic: string): string | undefined => {
  const id = topic.startsWith(prefix) ? topic.slice(prefix.length) : "";
  return deviceIdPattern.test(id) ? id : undefined;
};

/** The MQTT topic filter of all events of a fleet, or of one device. */
export const eventsFilter = (fleet: string, device = "+"): string =>
  device === "+" ? `events/${fleet}/#` : `events/${fleet}/${device}/#`;
