import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod/mini";
import { sendToArchive } from "#shared/archive/sendToArchive.ts";
import { dynamoIntegrationMatchers } from "#shared/aws/delivery/integrations.ts";
import { dynamoRoutingChanges } from "#shared/aws/delivery/routingChanges.ts";
import {
  openQueues,
  sqsArchive,
  sqsDeliveries,
  sqsEvents,
  sqsMalformedMessages,
} from "#shared/aws/event/queues.ts";
import { dynamoRecentEvents } from "#shared/aws/event/recentEvents.ts";
import { dynamoSeenEvents } from "#shared/aws/event/seenEvents.ts";
import { iotBroker } from "#shared/aws/platform/broker.ts";
import { failFast, openTables } from "#shared/aws/platform/clients.ts";
import { dynamoEpochs } from "#shared/aws/presence/epochs.ts";
import { dynamoSessions } from "#shared/aws/presence/sessions.ts";
import { acceptEvent, receivedEvent } from "#shared/event/deviceEvent.ts";
import { env } from "#shared/platform/env.ts";
import { detectLostSessions } from "#shared/presence/recovery/detectLostSessions.ts";
import { forwardVitals } from "#shared/presence/vitals/forwardVitals.ts";
import { countBusyDevices } from "#shared/routing/busyDevices.ts";
import { routeEvents } from "#shared/routing/routeEvents.ts";
import { publishReceiveTimes } from "#shared/stream/resume/publishReceiveTimes.ts";
import { storeRecentEvents } from "#shared/stream/resume/storeRecentEvents.ts";
import { openGlobals } from "./edge/globals.ts";
import { logger } from "./edge/logger.ts";
import { count } from "./edge/metrics.ts";
import { batch } from "./edge/queue/batch.ts";
import { openIntegrationCache } from "./edge/queue/integrationCache.ts";
import { recordSender } from "./edge/queue/recordSender.ts";

const names = env.route.parse(process.env);
const tables = openTables();
const globals = openGlobals(names);
const queues = openQueues();
const now = Date.now;
const onError = (what: string, error: unknown) => logger.warn(`${what} failed`, { error });
const integrations = openIntegrationCache(
  dynamoIntegrationMatchers(globals, names.INTEGRATIONS_TABLE),
  dynamoRoutingChanges(globals, names.INTEGRATIONS_TABLE),
);
const recentEvents = dynamoRecentEvents(tables, names.RECENT_TABLE, now);
const archiveQueue = sqsArchive(queues, names.ARCHIVE_QUEUE_URL);

const deps = {
  integrations,
  deliveries: sqsDeliveries(queues, names.DELIVERIES_QUEUE_URL),
  slowLane: sqsDeliveries(queues, names.SLOW_LANE_QUEUE_URL),
  seenEvents: dynamoSeenEvents(tables, names.SEEN_TABLE),
  broker: iotBroker(),
  archive: sendToArchive({ integrations, archiveQueue, now }),
  storeRecentEvents: storeRecentEvents({ integrations, recentEvents, now, onError }),
  record: recordSender(names.RECORDS_QUEUE_URL),
  countEvents: countBusyDevices(now),
  now,
  wait,
  onError,
};

// Both run beside the routing and never fail. They use short time-outs, because the batch waits for
// them.
const sessionTables = openTables(failFast);
const presenceQueue = sqsEvents(queues, names.PRESENCE_QUEUE_URL);
const detectLost = detectLostSessions({
  epochs: dynamoEpochs(sessionTables, names.SESSIONS_TABLE, names.AWS_REGION),
  sessions: dynamoSessions(sessionTables, names.SESSIONS_TABLE, {
    region: names.AWS_REGION,
    regions: [names.AWS_REGION],
  }),
  presenceQueue,
  now,
  onError,
  onLost: () => count({ SessionsLost: 1 }),
});
const publishTimes = publishReceiveTimes({
  integrations,
  broker: iotBroker(failFast),
  now,
  onError,
});

const forwardVitalsOf = forwardVitals({
  presenceQueue,
  now,
  onSkipped: (skipped) =>
    logger.warn("vitals above the rate of a device were skipped", { skipped }),
});

/** A message whose topic is not an event topic is malformed. */
const acceptedEvent = z.pipe(
  receivedEvent,
  z.transform((received, context) => {
    const event = acceptEvent(received);
    if (event !== undefined) return event;
    context.issues.push({ code: "custom", message: "not an event topic", input: received });
    return z.NEVER;
  }),
);

/**
 * Takes batches of events from the queue `Events`: `routeEvents` documents the order of its steps.
 */
export const handler = batch(
  acceptedEvent,
  async (accepted, isRedelivered) => {
    const events = accepted.map((event, i) =>
      isRedelivered[i] ? { ...event, isRedelivered: true as const } : event,
    );
    const [results, forwarded] = await Promise.all([
      routeEvents(events, deps),
      forwardVitalsOf(events),
      detectLost(events),
      publishTimes(events),
    ]);
    return results.map((result, i) => result ?? forwarded[i]);
  },
  sqsMalformedMessages(queues, names.EVENTS_DEAD_LETTERS_URL),
);
