import { dynamoAttemptQuota } from "#shared/aws/delivery/attemptQuota.ts";
import { dynamoDeadLetters } from "#shared/aws/delivery/deadLetters.ts";
import { dynamoIntegrations } from "#shared/aws/delivery/integrations.ts";
import { dynamoRoutingChanges } from "#shared/aws/delivery/routingChanges.ts";
import { dynamoTargetHealth } from "#shared/aws/delivery/targetHealth.ts";
import { dynamoWaitingDeliveries } from "#shared/aws/delivery/waitingDeliveries.ts";
import { openQueues, sqsDeliveries, sqsMalformedMessages } from "#shared/aws/event/queues.ts";
import { iotBroker } from "#shared/aws/platform/broker.ts";
import { failFast, openTables } from "#shared/aws/platform/clients.ts";
import { dynamoSessions } from "#shared/aws/presence/sessions.ts";
import { batchRecord } from "#shared/delivery/batchRecord.ts";
import { combineSends } from "#shared/delivery/combineSends.ts";
import { deliver } from "#shared/delivery/deliver.ts";
import { type Delivery, delivery } from "#shared/delivery/delivery.ts";
import { openLoopDetector } from "#shared/delivery/loopDetector.ts";
import { publishResponses } from "#shared/delivery/publishResponses.ts";
import { trackTargetHealth } from "#shared/delivery/trackTargetHealth.ts";
import { httpPost } from "#shared/http/post.ts";
import { firmwareVersionCache } from "#shared/integration/request/firmwareVersionCache.ts";
import { targetTokenCache } from "#shared/integration/request/targetTokenCache.ts";
import { sampleAttempts } from "#shared/ledger/sampleAttempts.ts";
import { env } from "#shared/platform/env.ts";
import { openAttemptLeases } from "#shared/resilience/attemptLeases.ts";
import { openCircuitBreaker } from "#shared/resilience/circuitBreaker.ts";
import { openAuditLog, openDeadLetters, openGlobals } from "./edge/globals.ts";
import { logger } from "./edge/logger.ts";
import { count, countSlices } from "./edge/metrics.ts";
import { openAttemptLog } from "./edge/queue/attemptLog.ts";
import { batch, each } from "./edge/queue/batch.ts";
import { exhaustedWorker } from "./edge/queue/exhaustedWorker.ts";
import { openIntegrationCache } from "./edge/queue/integrationCache.ts";
import { recordSender } from "./edge/queue/recordSender.ts";
import { openSecrets } from "./edge/secrets.ts";

const names = env.deliver.parse(process.env);
const tables = openTables();
const globals = openGlobals(names);
const queues = openQueues();
const now = Date.now;
const later = (ms: number, run: () => void) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};
const onError = (what: string, error: unknown) => logger.warn(`${what} failed`, { error });
const secrets = openSecrets(names, { retry: "failFast" });
const stored = dynamoIntegrations(globals, names.INTEGRATIONS_TABLE, secrets);
const changes = dynamoRoutingChanges(globals, names.INTEGRATIONS_TABLE);
const integrations = openIntegrationCache(stored, changes);
const responses = publishResponses({
  broker: iotBroker(failFast),
  integrations,
  now,
  later,
  onError,
});
const healthRecords = dynamoTargetHealth(globals, names.INTEGRATIONS_TABLE, names.AWS_REGION);
const openDeliveries = (url: string) =>
  combineSends(sqsDeliveries(queues, url), (run) => void setImmediate(run));
const deps = {
  integrations,
  targetHealth: trackTargetHealth({
    integrations: stored,
    audit: openAuditLog(names, names.AUDIT_TABLE),
    healthRecords,
    broker: iotBroker(),
    now,
    onError,
  }),
  responses,
  token: targetTokenCache({ now }),
  versions: firmwareVersionCache({
    sessions: dynamoSessions(globals, names.SESSIONS_TABLE, {
      region: names.AWS_REGION,
      regions: names.REGIONS,
    }),
    now,
  }),
  post: httpPost({ targets: names.PRIVATE_TARGETS === "allowed" ? "any" : "public" }),
  circuitBreaker: openCircuitBreaker({
    quota: dynamoAttemptQuota(openTables(failFast), names.RATE_LIMITS_TABLE),
    onError,
  }),
  slowedAttempts: openAttemptLeases(
    dynamoAttemptQuota(openTables(failFast), names.RATE_LIMITS_TABLE),
    (error) => onError("slowed attempts", error),
  ),
  loopDetector: openLoopDetector(),
  deliveries: openDeliveries(names.DELIVERIES_QUEUE_URL),
  slowLane: openDeliveries(names.SLOW_LANE_QUEUE_URL),
  waiting: dynamoWaitingDeliveries(tables, names.WAITING_TABLE),
  deadLetters: dynamoDeadLetters(openDeadLetters(names), names.DEAD_LETTERS_TABLE, now),
  now,
  chance: Math.random,
  later,
  onError,
};

/** Lambda names the log stream of an execution environment uniquely. */
const workerName = (): string => process.env.AWS_LAMBDA_LOG_STREAM_NAME ?? "unknown";

const worker = exhaustedWorker({ exit: () => process.exit(1) });

/**
 * Counts a delivery without an attempt at once, not at the end of its batch: other deliveries of
 * the batch may hang, and a worker without sockets and files may not live to see the end.
 */
const onErrorOrCount: typeof onError = (what, error) => {
  if (what !== "attempt") {
    onError(what, error);
    return;
  }
  worker.countNotMade();
  countSlices("DeliveriesNotAttempted", "worker", new Map([[workerName(), 1]]));
};

const record = recordSender(names.RECORDS_QUEUE_URL);
const wanted = sampleAttempts({ now });
const logged = openAttemptLog({ warn: (message, fields) => logger.warn(message, fields), now });

const run = async (deliveries: Delivery[]) => {
  const counts = { delivered: 0, waiting: 0, retried: 0, deadLettered: 0, discarded: 0 };
  const ledger = logged(batchRecord({ now, wanted }));
  const failed = new Map<string, number>();
  const batchDeps = { ...deps, ledger, onError: onErrorOrCount };
  const outcomes = await each(async (given: Delivery) => {
    try {
      counts[await deliver(given, batchDeps)] += 1;
    } catch (error) {
      // The message stays in the queue, which delivers it again.
      failed.set(given.integration, (failed.get(given.integration) ?? 0) + 1);
      ledger.recordOutcome(given, "waiting", now());
      throw error;
    }
  })(deliveries);
  // Sent before the messages leave the queue: after a crash they are delivered again and recorded
  // then. Waiting for responses ensures that none is lost when the worker is frozen between two
  // batches.
  await Promise.all([record(ledger.record()), responses.settled()]);
  // Metrics are logged only for batches with failures.
  count({
    DeliveriesRetried: counts.retried,
    DeliveriesDeadLettered: counts.deadLettered,
    DeliveriesDiscarded: counts.discarded,
  });
  countSlices("DeliveriesFailed", "integration", failed);
  return outcomes;
};

export const handler = worker.guard(
  batch(delivery, run, sqsMalformedMessages(queues, names.DELIVERIES_DEAD_LETTERS_URL)),
);
