import { batchRecord } from "#shared/delivery/batchRecord.ts";
import type { Delivery } from "#shared/delivery/delivery.ts";
import { deliveryWaitsSeconds } from "#shared/delivery/limits.ts";
import { openLoopDetector } from "#shared/delivery/loopDetector.ts";
import type { AttemptedDelivery } from "#shared/delivery/responseEvents.ts";
import { trackTargetHealth } from "#shared/delivery/trackTargetHealth.ts";
import type { Integration } from "#shared/integration/model/integration.ts";
import type { Integrations } from "#shared/integration/model/integrations.ts";
import { targetTokenCache } from "#shared/integration/request/targetTokenCache.ts";
import { noLimits } from "#shared/limit/usageLimit.ts";
import type { Failure } from "#shared/platform/failure.ts";
import { openAttemptLeases } from "#shared/resilience/attemptLeases.ts";
import { openCircuitBreaker } from "#shared/resilience/circuitBreaker.ts";
import type { TargetHealth } from "#shared/resilience/targetHealth.ts";
import type { TargetReply, TargetRequest } from "#shared/target/target.ts";
import { memoryAuditLog } from "../../memory/audit/auditLog.ts";
import { memoryAttemptQuota } from "../../memory/delivery/attemptQuota.ts";
import { memoryDeadLetters } from "../../memory/delivery/deadLetters.ts";
import { memoryDeliveries } from "../../memory/delivery/deliveries.ts";
import { memoryFirmwareVersions } from "../../memory/delivery/firmwareVersions.ts";
import { memoryIntegrations } from "../../memory/delivery/integrations.ts";
import { memoryTargetHealth } from "../../memory/delivery/targetHealth.ts";
import { memoryWaitingDeliveries } from "../../memory/delivery/waitingDeliveries.ts";
import { memoryBroker } from "../../memory/platform/broker.ts";
import { aDelivery, anIntegration, deviceId, stoppedClock } from "../../memory/samples.ts";

/** An integration cache that is always fresh. */
export const freshIntegrations = (stored: Integrations) => ({
  find: stored.find,
  async targetHealthOf(ofFleet: string, id: string) {
    return (await stored.fleetRouting(ofFleet)).healthRecords.find(
      ({ integration }) => integration === id,
    );
  },
  limitsOf: async (ofFleet: string) => (await stored.fleetRouting(ofFleet)).limits ?? noLimits,
});

/** Dependencies of a worker whose target replies with `answer`. */
export const createDeps = (
  answer: number | Failure | Error,
  integration: Integration | undefined = anIntegration(),
) => {
  const clock = stoppedClock();
  const requests: TargetRequest[] = [];
  const attempted: AttemptedDelivery[] = [];
  const errors: string[] = [];
  const timers: { at: number; what: () => void }[] = [];
  const healthRecords = new Map<string, TargetHealth>();
  const stored = memoryIntegrations(integration ? [integration] : [], [], healthRecords);
  const fleetRouting = { integrations: freshIntegrations(stored) };
  const broker = memoryBroker();
  const quota = memoryAttemptQuota();
  const onError = (what: string) => void errors.push(what);
  return {
    clock,
    requests,
    ...fleetRouting,
    targetHealth: trackTargetHealth({
      integrations: stored,
      audit: memoryAuditLog(),
      healthRecords: memoryTargetHealth(healthRecords),
      broker,
      now: clock.now,
      onError,
    }),
    stored,
    healthRecords,
    published: broker.published,
    deliveries: memoryDeliveries(),
    slowLane: memoryDeliveries(),
    later: (ms: number, what: () => void) => {
      timers.push({ at: clock.ms + ms, what });
      return () => void timers.splice(0);
    },
    timers,
    waiting: memoryWaitingDeliveries(),
    ledger: batchRecord({ now: clock.now, wanted: () => true }),
    errors,
    onError,
    deadLetters: memoryDeadLetters(clock.now),
    now: clock.now,
    chance: () => 0.5,
    /** The circuit breaker of another worker of the same region. */
    otherBreaker: () => openCircuitBreaker({ quota, onError }),
    circuitBreaker: openCircuitBreaker({ quota, onError }),
    slowedAttempts: openAttemptLeases(quota, () => onError("slowed attempts")),
    loopDetector: openLoopDetector(),
    token: targetTokenCache(clock),
    versions: memoryFirmwareVersions({ [deviceId]: "7" }),
    attempted,
    responses: {
      publish: (delivery: AttemptedDelivery) => {
        attempted.push(delivery);
      },
    },
    post: async (request: TargetRequest): Promise<TargetReply> => {
      requests.push(request);
      if (answer instanceof Error) throw answer;
      return { status: answer, body: "" };
    },
  };
};

export const deadLettersOf = async ({ deadLetters }: ReturnType<typeof createDeps>) =>
  (await deadLetters.list("integration-1", { limit: 10 })).deadLetters;

/** Removes waiting deliveries from the queue or the table. */
export const takeNext = ({ deliveries, waiting }: ReturnType<typeof createDeps>) => {
  const [kept] = waiting.kept();
  waiting.rows.clear();
  return deliveries.queued.shift() ?? kept;
};

export const lastAttempt = (given: Partial<Delivery> = {}) =>
  aDelivery({ attempts: deliveryWaitsSeconds.length, ...given });
