import { isEventName } from "../event/eventName.ts";
import type { Broker } from "../event/ports.ts";
import type { IntegrationCache } from "../integration/model/integrationCache.ts";
import { Failure } from "../platform/failure.ts";
import { isUnexpired } from "../platform/isUnexpired.ts";
import { mapConcurrently } from "../platform/mapConcurrently.ts";
import { cloudPublisher, eventTopic, fitsTopic, liveTopic } from "../platform/topic.ts";
import { responsePartsAtOnceMax, responsesPauseMs, responsesWaitMs } from "./limits.ts";
import {
  type AttemptedDelivery,
  type ResponseEvent,
  responseEvents,
  sentEvent,
} from "./responseEvents.ts";

/** Publishes the response events of a fleet's deliveries. */
export interface ResponsePublisher {
  /**
   * Starts publishing and returns at once. Deliveries neither wait for it nor fail because of it.
   */
  publish(attempted: AttemptedDelivery): void;
  /** Resolves when all events are published, or after `responsesWaitMs`. */
  settled(): Promise<void>;
}

interface Deps {
  broker: Broker;
  integrations: Pick<IntegrationCache, "listenedUntil" | "archiveOf">;
  now: () => number;
  /** Runs a function after a time. Returns a function that cancels it. */
  later: (ms: number, run: () => void) => () => void;
  onError: (what: "response event", error: unknown) => void;
}

/**
 * Publishes response events (docs/adr/0012-response-events.md). Live subscribers receive them from
 * the broker; only a fleet with an open stream or an archive needs them in the queue of events.
 * `hook-sent` (one per attempt) is published only if the integration requests it or a stream of the
 * fleet is open, because each event costs. After the broker rejects an event, nothing is published
 * for `responsesPauseMs`.
 */
export const publishResponses = ({
  broker,
  integrations,
  now,
  later,
  onError,
}: Deps): ResponsePublisher => {
  const underWay = new Set<Promise<void>>();
  let pausedUntil = 0;
  const pause = (error: unknown): void => {
    pausedUntil = now() + responsesPauseMs;
    onError("response event", error);
  };

  const publishOne = async (
    { fleet, isLive }: { fleet: string; isLive: boolean },
    { name, data }: ResponseEvent,
  ): Promise<void> => {
    if (isUnexpired(pausedUntil, { now: now(), ms: responsesPauseMs })) return;
    const topic = eventTopic({ fleet, device: cloudPublisher, name });
    if (!isEventName(name) || !fitsTopic(topic)) {
      throw new Failure(`an event cannot have the name ${name}`, { code: "invalid_request" });
    }
    await broker.publish(isLive ? liveTopic(topic) : topic, data).catch(pause);
  };

  const publishAll = async (attempted: AttemptedDelivery): Promise<void> => {
    const { fleet, hookSent } = attempted.integration;
    const hasStream = (await integrations.listenedUntil(fleet)) > now();
    const isArchived = (await integrations.archiveOf(fleet))?.enabled ?? false;
    const isLive = !hasStream && !isArchived;
    const to = { fleet, isLive };
    if (hookSent ?? hasStream) await publishOne(to, sentEvent(attempted));
    await mapConcurrently(responseEvents(attempted), responsePartsAtOnceMax, (event) =>
      publishOne(to, event),
    );
  };

  return {
    publish(attempted) {
      const publishing = publishAll(attempted)
        .catch((error: unknown) => onError("response event", error))
        .finally(() => underWay.delete(publishing));
      underWay.add(publishing);
    },
    async settled() {
      if (underWay.size === 0) return;
      const late = Promise.withResolvers<void>();
      const cancel = later(responsesWaitMs, () => {
        pause(new Error("the broker is slow"));
        late.resolve();
      });
      await Promise.race([Promise.all(underWay), late.promise]);
      cancel();
    },
  };
};
