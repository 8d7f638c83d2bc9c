import type { AcceptedEvent, ReceivedEvent } from "../../event/deviceEvent.ts";
import type { Broker } from "../../event/ports.ts";
import type { IntegrationCache } from "../../integration/model/integrationCache.ts";
import { isUnexpired } from "../../platform/isUnexpired.ts";
import { parseEventTopic, receiveTimesTopic } from "../../platform/topic.ts";
import { liveDelayMsMax, receiveTimesKeptMs } from "../limits.ts";
import { eventHash } from "../position.ts";
import { encodeReceiveTimes, needsReceiveTime, type ReceiveTime } from "../receiveTimes.ts";
import { hasListeners } from "./hasListeners.ts";
import { pauseAfterErrorMs } from "./limits.ts";

/** Tells streams when the cloud received those events of a batch that do not say when they happened. Never fails. */
export type PublishReceiveTimes = (accepted: readonly AcceptedEvent[]) => Promise<void>;

interface Deps {
  integrations: Pick<IntegrationCache, "listenedUntil">;
  broker: Pick<Broker, "publish">;
  now: () => number;
  onError: (what: "publishReceiveTimes", error: unknown) => void;
}

/**
 * Publishes one message for each fleet that is listened to and has such events in the batch. When that fails it is left
 * alone for `pauseAfterErrorMs`: streams then show these events with the time when they arrived there.
 */
export const publishReceiveTimes = ({
  integrations,
  broker,
  now,
  onError,
}: Deps): PublishReceiveTimes => {
  let pausedUntil = 0;
  /** No stream waits for an event that is old or that the queue has given out before. */
  const isAwaited = ({ isRedelivered, received: { topic, receivedAt } }: AcceptedEvent): boolean =>
    isRedelivered === undefined &&
    receivedAt > now() - receiveTimesKeptMs &&
    needsReceiveTime(parseEventTopic(topic)?.at, { receivedAt, slackMs: 2 * liveDelayMsMax });
  const publish = async (fleet: string, events: readonly AcceptedEvent[]): Promise<void> => {
    if (!(await hasListeners(fleet, { integrations, now }))) return;
    const stamps = events
      .map(({ received }) => receiveTimeOf(received))
      .sort((a, b) => a.at - b.at);
    await broker.publish(receiveTimesTopic(fleet), encodeReceiveTimes(stamps));
  };
  return async (accepted) => {
    if (isUnexpired(pausedUntil, { now: now(), ms: pauseAfterErrorMs })) return;
    const fleets = Map.groupBy(accepted.filter(isAwaited), ({ event }) => event.fleet);
    try {
      await Promise.all([...fleets].map(([fleet, events]) => publish(fleet, events)));
    } catch (error) {
      pausedUntil = now() + pauseAfterErrorMs;
      onError("publishReceiveTimes", error);
    }
  };
};

const receiveTimeOf = ({ topic, data, receivedAt }: ReceivedEvent): ReceiveTime => ({
  hash: eventHash(topic, data),
  at: receivedAt,
});
