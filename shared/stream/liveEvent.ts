import { type DeviceEvent, eventText } from "../event/deviceEvent.ts";
import { BoundedMap } from "../platform/boundedMap.ts";
import { omitUndefined } from "../platform/omitUndefined.ts";
import { eventTime, parseEventTopic } from "../platform/topic.ts";
import { streamIdsMax } from "./limits.ts";

/** Which events somebody wants to see: of a fleet or of one device, by a case-sensitive prefix of the name. */
export interface StreamFilter {
  readonly fleet: string;
  readonly device?: string;
  readonly prefix: string;
}

/** An event as it is seen live: without an id, because no worker of ours is between. */
export interface LiveEvent extends Pick<DeviceEvent, "name" | "device" | "publishedAt"> {
  readonly text: string;
  /** The device's own id of the event. */
  readonly key?: string;
}

/** Reads an event that was received at a time. `undefined` when it is none, or none that is watched for. */
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
 * Tells whether a stream has shown an event before that a device has given an id: it sends it again, maybe to
 * another region, until it is acknowledged. The last `streamIdsMax` are known.
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
