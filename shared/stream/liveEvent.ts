import * as z from "zod/mini";
import { type DeviceEvent, eventText } from "../event/deviceEvent.ts";
import { BoundedMap } from "../platform/boundedMap.ts";
import { omitUndefined } from "../platform/omitUndefined.ts";
import { eventTime, parseEventTopic } from "../platform/topic.ts";
import { streamIdsMax } from "./limits.ts";

/** Selects events of a fleet, or of one device, by a case-sensitive prefix of their names. */
export interface StreamFilter {
  readonly fleet: string;
  readonly device?: string;
  readonly prefix: string;
}

/**
 * An event as the broker passes it to a subscriber. It has no id, because no worker has processed
 * it.
 */
export interface LiveEvent extends Pick<DeviceEvent, "name" | "device" | "publishedAt"> {
  readonly text: string;
  /** The device's own id of the event. */
  readonly key?: string;
}

/** The JSON in `data:` of a server-sent event, in Particle's format. */
export const streamedEvent = z.object({
  data: z.string(),
  ttl: z.int(),
  published_at: z.iso.datetime(),
  coreid: z.string(),
});

export type StreamedEvent = z.output<typeof streamedEvent>;

/**
 * Parses a received event. Returns `undefined` if the topic is not an event topic, or the filter
 * does not match.
 */
export const readLiveEvent = (
  filter: StreamFilter,
  { topic, data, receivedAt }: { topic: string; data: string; receivedAt: number },
): LiveEvent | undefined => {
  const parsed = parseEventTopic(topic);
  if (parsed === undefined) return undefined;
  const { fleet, name, device, key, at } = parsed;
  const wanted =
    fleet === filter.fleet &&
    (filter.device === undefined || device === filter.device) &&
    name.startsWith(filter.prefix);
  if (!wanted) return undefined;
  return {
    name,
    device,
    text: eventText({ data }),
    publishedAt: eventTime(receivedAt, at),
    ...omitUndefined({ key }),
  };
};

/**
 * Detects events that a device repeats, possibly in another region, until it receives an
 * acknowledgement. Compares the device's ids of the last `streamIdsMax` events.
 */
export const createDuplicateDetector = () => {
  const known = new BoundedMap<string, true>(streamIdsMax);
  return ({ device, key }: LiveEvent): boolean => {
    if (key === undefined) return false;
    const id = `${device}/${key}`;
    if (known.has(id)) return true;
    known.set(id, true);
    return false;
  };
};
