import type { AcceptedEvent, ReceivedEvent } from "../../event/deviceEvent.ts";
import type { Broker } from "../../event/ports.ts";
import type { KnownIntegrations } from "../../integration/model/integrations.ts";
import { lasts } from "../../platform/lasts.ts";
import { parseEventTopic, stampsTopic } from "../../platform/topic.ts";
import { liveSlackMs, stampRememberedMs } from "../limits.ts";
import { eventHash } from "../position.ts";
import { needsStamp, type Stamp, writeStamps } from "../receiveTimes.ts";
import { isListened } from "./isListened.ts";
import { keepPauseMs } from "./limits.ts";

/** Tells streams when the cloud received those events of a batch that do not say when they happened. Never fails. */
export type StampEvents = (accepted: readonly AcceptedEvent[]) => Promise<void>;

interface Deps {
  integrations: Pick<KnownIntegrations, "listenedUntil">;
  broker: Pick<Broker, "publish">;
  now: () => number;
  onError: (what: "stamp", error: unknown) => void;
}

/**
 * Publishes one message for each fleet that is listened to and has such events in the batch. When that fails it is left
 * alone for `keepPauseMs`: streams then show these events with the time when they arrived there.
 */
export const stampEvents = ({ integrations, broker, now, onError }: Deps): StampEvents => {
  let pausedUntil = 0;
  /** No stream waits for an event that is old or that the queue has given out before. */
  const isAwaited = ({ again, received: { topic, receivedAt } }: AcceptedEvent): boolean =>
    again === undefined &&
    receivedAt > now() - stampRememberedMs &&
    needsStamp(parseEventTopic(topic)?.at, { receivedAt, slackMs: 2 * liveSlackMs });
  const publish = async (fleet: string, events: readonly AcceptedEvent[]): Promise<void> => {
    if (!(await isListened(fleet, { integrations, now }))) return;
    const stamps = events.map(({ received }) => stampOf(received)).sort((a, b) => a.at - b.at);
    await broker.publish(stampsTopic(fleet), writeStamps(stamps));
  };
  return async (accepted) => {
    if (lasts(pausedUntil, { now: now(), ms: keepPauseMs })) return;
    const fleets = Map.groupBy(accepted.filter(isAwaited), ({ event }) => event.fleet);
    try {
      await Promise.all([...fleets].map(([fleet, events]) => publish(fleet, events)));
    } catch (error) {
      pausedUntil = now() + keepPauseMs;
      onError("stamp", error);
    }
  };
};

const stampOf = ({ topic, data, receivedAt }: ReceivedEvent): Stamp => ({
  hash: eventHash(topic, data),
  at: receivedAt,
});
