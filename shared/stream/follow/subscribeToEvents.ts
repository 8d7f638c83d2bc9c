import { eventsFilter, parseEventTopic, receiveTimesTopic } from "../../platform/topic.ts";
import { liveDelayMsMax } from "../limits.ts";
import { type LiveEvent, readLiveEvent, type StreamFilter } from "../liveEvent.ts";
import type { LiveEvents, Subscription } from "../ports.ts";
import { eventHash, type ShownEvent } from "../position.ts";
import { decodeReceiveTimes, needsReceiveTime } from "../receiveTimes.ts";
import { holdEvents } from "./holdEvents.ts";

interface Deps {
  liveEvents: LiveEvents;
  now: () => number;
  /** Fails when the signal ends it. */
  wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  signal: AbortSignal;
  /** Since when `route` tells when the cloud received events, in milliseconds since 1970. */
  receiveTimesFrom: () => number;
}

interface StreamCallbacks {
  /** An event has come, and is to be shown. */
  arrived: (shownEvent: ShownEvent) => void;
  event: (event: LiveEvent, shownEvent: ShownEvent) => void;
  /** All that the broker had before this time has been passed on. */
  advanceTo: (at: number) => void;
  end: (error?: Error) => void;
}

/**
 * Passes on the live events that are watched for, each when it is known when the cloud received it, or after
 * `receiveTimeHoldMs`. Resolves when events flow; `end` is called when they stop.
 */
export const subscribeToEvents = async (
  filter: StreamFilter,
  { liveEvents, now, wait, signal, receiveTimesFrom }: Deps,
  on: StreamCallbacks,
): Promise<Subscription> => {
  const holder = holdEvents({ now, wait, signal, receiveTimesFrom }, on);
  const stamps = receiveTimesTopic(filter.fleet);
  return liveEvents.subscribe([eventsFilter(filter.fleet, filter.device), stamps], {
    message({ topic, payload }) {
      if (topic === stamps) return holder.stamps(decodeReceiveTimes(payload));
      const at = now();
      const data = Buffer.from(payload).toString("base64");
      const event = readLiveEvent(filter, { topic, data, receivedAt: at });
      holder.advanceTo(at);
      if (event === undefined) return;
      const shownEvent = { hash: eventHash(topic, data), at };
      const deviceTime = parseEventTopic(topic)?.at;
      on.arrived(shownEvent);
      holder.event({
        event,
        shownEvent,
        deviceTime,
        needsReceiveTime: needsReceiveTime(deviceTime, { receivedAt: at, slackMs: liveDelayMsMax }),
      });
    },
    pong: holder.advanceTo,
    end(error) {
      holder.flush();
      on.end(error);
    },
  });
};
