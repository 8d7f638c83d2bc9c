import { eventsFilter, parseEventTopic, receiveTimesTopic } from "../../platform/topic.ts";
import { liveDelayMsMax } from "../limits.ts";
import { type LiveEvent, readLiveEvent, type StreamFilter } from "../liveEvent.ts";
import type { LiveEvents, Subscription } from "../ports.ts";
import { eventHash, type ShownEvent } from "../position.ts";
import { decodeReceiveTimes, needsReceiveTime, type ReceiveTime } from "../receiveTimes.ts";
import { holdEvents } from "./holdEvents.ts";

interface Deps {
  liveEvents: LiveEvents;
  now: () => number;
  /** Rejects when the signal aborts. */
  wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  signal: AbortSignal;
  /** The time from which `route` publishes receive times, in milliseconds since 1970. */
  receiveTimesFrom: () => number;
}

interface StreamCallbacks {
  /** A matching event has arrived; `event` follows. */
  arrived: (shownEvent: ShownEvent) => void;
  /** `shownEvent` has the receive time if it is known; `arrival` is as it arrived. */
  event: (event: LiveEvent, shownEvent: ShownEvent, arrival: ShownEvent) => void;
  /** Every event that the broker received before this time has been passed to `event`. */
  advanceTo: (at: number) => void;
  end: (error?: Error) => void;
}

/**
 * Subscribes to the live events of one region that match the filter. An event is passed on when its
 * receive time is known, or after `receiveTimeHoldMs`. Resolves when the broker has granted the
 * subscription; calls `end` when it ends.
 */
export const subscribeToEvents = async (
  filter: StreamFilter,
  { liveEvents, now, wait, signal, receiveTimesFrom }: Deps,
  on: StreamCallbacks,
): Promise<Subscription> => {
  const holder = holdEvents({ now, wait, signal, receiveTimesFrom }, on);
  const receiveTimes = receiveTimesTopic(filter.fleet);
  // Receive times of earlier events, which do not arrive here, match no equal event that does.
  let grantedAt = Number.POSITIVE_INFINITY;
  const isOfArrival = ({ at }: ReceiveTime): boolean => at >= grantedAt;
  const subscription = await liveEvents.subscribe(
    [eventsFilter(filter.fleet, filter.device), receiveTimes],
    {
      message({ topic, payload }) {
        if (topic === receiveTimes) {
          return holder.receiveTimes(decodeReceiveTimes(payload).filter(isOfArrival));
        }
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
          needsReceiveTime: needsReceiveTime(deviceTime, {
            receivedAt: at,
            slackMs: liveDelayMsMax,
          }),
        });
      },
      pong: holder.advanceTo,
      end(error) {
        holder.flush();
        on.end(error);
      },
    },
  );
  grantedAt = now();
  return subscription;
};
