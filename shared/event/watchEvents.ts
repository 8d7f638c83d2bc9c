import type { LiveEvents, LiveMessage } from "../ports.ts";
import { eventsFilter, eventTime, parseEventTopic } from "../topic.ts";
import { type DeviceEvent, eventText } from "./deviceEvent.ts";

/** Which events somebody wants to see: of a fleet or of one device, by a case-sensitive prefix of the name. */
export interface Watch {
  readonly fleet: string;
  readonly device?: string;
  readonly prefix: string;
}

/** An event as it is seen live: without an id, because no worker of ours is between. */
export interface LiveEvent extends Pick<DeviceEvent, "name" | "device" | "publishedAt"> {
  readonly text: string;
}

/** Passes on the live events that are watched for. Resolves when events flow; `end` is called when they stop. */
export const watchEvents = async (
  { fleet, device, prefix }: Watch,
  { liveEvents, now }: { liveEvents: LiveEvents; now: () => number },
  on: { event: (event: LiveEvent) => void; end: (error?: Error) => void },
): Promise<{ close(): Promise<void> }> =>
  liveEvents.subscribe(eventsFilter(fleet, device), {
    message: (message) => {
      const event = readLive(message, now());
      if (event?.name.startsWith(prefix)) on.event(event);
    },
    end: on.end,
  });

const readLive = ({ topic, payload }: LiveMessage, now: number): LiveEvent | undefined => {
  const parsed = parseEventTopic(topic);
  if (parsed === undefined) return undefined;
  const { name, device, at } = parsed;
  const text = eventText({ data: Buffer.from(payload).toString("base64") });
  return { name, device, text, publishedAt: eventTime(now, at) };
};
