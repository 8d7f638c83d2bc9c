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

/**
 * Publishes the receive times of those events of a batch whose topics contain no time. Never fails.
 */
export type PublishReceiveTimes = (accepted: readonly AcceptedEvent[]) => Promise<void>;

interface Deps {
  integrations: Pick<IntegrationCache, "listenedUntil">;
  broker: Pick<Broker, "publish">;
  now: () => number;
  onError: (what: "publishReceiveTimes", error: unknown) => void;
}

/**
 * Publishes one message for each fleet with listeners and with such events in the batch. After an
 * error it pauses for `pauseAfterErrorMs`; meanwhile streams show these events with their times of
 * arrival.
 */
export const publishReceiveTimes = ({
  integrations,
  broker,
  now,
  onError,
}: Deps): PublishReceiveTimes => {
  let pausedUntil = 0;
  /** Streams no longer hold events that are old or redelivered. */
  const isAwaited = ({ isRedelivered, received: { topic, receivedAt } }: AcceptedEvent): boolean =>
    isRedelivered === undefined &&
    receivedAt > now() - receiveTimesKeptMs &&
    needsReceiveTime(parseEventTopic(topic)?.at, { receivedAt, slackMs: 2 * liveDelayMsMax });
  const publish = async (fleet: string, events: readonly AcceptedEvent[]): Promise<void> => {
    if (!(await hasListeners(fleet, { integrations, now }))) return;
    const awaited = events.filter(isAwaited);
    if (awaited.length === 0) return;
    const stamps = awaited
      .map(({ received }) => receiveTimeOf(received))
      .sort((a, b) => a.at - b.at);
    await broker.publish(receiveTimesTopic(fleet), encodeReceiveTimes(stamps));
  };
  return async (accepted) => {
    if (isUnexpired(pausedUntil, { now: now(), ms: pauseAfterErrorMs })) return;
    const fleets = Map.groupBy(accepted, ({ event }) => event.fleet);
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
