import type { LiveEvents, Subscription } from "../ports.ts";
import { eventsFilter } from "../topic.ts";
import { eventHash, type Sighting } from "./cursor.ts";
import { type LiveEvent, readLive, type Watch } from "./liveEvent.ts";

interface Hears {
  event: (event: LiveEvent, sighting: Sighting) => void;
  /** All that the broker had before this time has come. */
  reached: (at: number) => void;
  end: (error?: Error) => void;
}

/** Passes on the live events that are watched for. Resolves when events flow; `end` is called when they stop. */
export const watchEvents = async (
  watch: Watch,
  { liveEvents, now }: { liveEvents: LiveEvents; now: () => number },
  on: Hears,
): Promise<Subscription> =>
  liveEvents.subscribe(eventsFilter(watch.fleet, watch.device), {
    message({ topic, payload }) {
      const at = now();
      const data = Buffer.from(payload).toString("base64");
      const event = readLive(watch, { topic, data, receivedAt: at });
      on.reached(at);
      if (event !== undefined) on.event(event, { hash: eventHash(topic, data), at });
    },
    alive: on.reached,
    end: on.end,
  });
