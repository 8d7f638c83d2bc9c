import { eventsFilter, parseEventTopic, stampsTopic } from "../../platform/topic.ts";
import { liveSlackMs } from "../limits.ts";
import { type LiveEvent, readLive, type Watch } from "../liveEvent.ts";
import type { LiveEvents, Subscription } from "../ports.ts";
import { eventHash, type Sighting } from "../position.ts";
import { needsStamp, readStamps } from "../receiveTimes.ts";
import { holdEvents } from "./holdEvents.ts";

interface Deps {
  liveEvents: LiveEvents;
  now: () => number;
  /** Fails when the signal ends it. */
  wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  signal: AbortSignal;
  /** Since when `route` tells when the cloud received events, in milliseconds since 1970. */
  stampedFrom: () => number;
}

interface Hears {
  /** An event has come, and is to be shown. */
  came: (sighting: Sighting) => void;
  event: (event: LiveEvent, sighting: Sighting) => void;
  /** All that the broker had before this time has been passed on. */
  reached: (at: number) => void;
  end: (error?: Error) => void;
}

/**
 * Passes on the live events that are watched for, each when it is known when the cloud received it, or after
 * `stampHoldMs`. Resolves when events flow; `end` is called when they stop.
 */
export const watchEvents = async (
  watch: Watch,
  { liveEvents, now, wait, signal, stampedFrom }: Deps,
  on: Hears,
): Promise<Subscription> => {
  const hold = holdEvents({ now, wait, signal, stampedFrom }, on);
  const stamps = stampsTopic(watch.fleet);
  return liveEvents.subscribe([eventsFilter(watch.fleet, watch.device), stamps], {
    message({ topic, payload }) {
      if (topic === stamps) return hold.stamps(readStamps(payload));
      const at = now();
      const data = Buffer.from(payload).toString("base64");
      const event = readLive(watch, { topic, data, receivedAt: at });
      hold.reached(at);
      if (event === undefined) return;
      const sighting = { hash: eventHash(topic, data), at };
      const said = parseEventTopic(topic)?.at;
      on.came(sighting);
      hold.event({
        event,
        sighting,
        said,
        needsStamp: needsStamp(said, { receivedAt: at, slackMs: liveSlackMs }),
      });
    },
    alive: hold.reached,
    end(error) {
      hold.flush();
      on.end(error);
    },
  });
};
