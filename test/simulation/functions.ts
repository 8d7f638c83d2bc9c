import * as z from "zod/mini";
import { batchRecord } from "#shared/delivery/batchRecord.ts";
import { deadLetterDelivery } from "#shared/delivery/deadLetter.ts";
import { deliver } from "#shared/delivery/deliver.ts";
import type { MalformedMessages } from "#shared/delivery/delivery.ts";
import { type Delivery, delivery } from "#shared/delivery/delivery.ts";
import { requeueMarginMs, requeueTimeoutSeconds } from "#shared/delivery/limits.ts";
import { openLoopDetector } from "#shared/delivery/loopDetector.ts";
import { publishResponses } from "#shared/delivery/publishResponses.ts";
import { requeueWaiting } from "#shared/delivery/requeueWaiting.ts";
import { trackTargetHealth } from "#shared/delivery/trackTargetHealth.ts";
import { type AcceptedEvent, acceptEvent, receivedEvent } from "#shared/event/deviceEvent.ts";
import { recoverMarginMs, recoverTimeoutSeconds } from "#shared/event/limits.ts";
import type { Broker } from "#shared/event/ports.ts";
import { recoverEvents } from "#shared/event/recoverEvents.ts";
import { integrationCache } from "#shared/integration/model/integrationCache.ts";
import { targetTokenCache } from "#shared/integration/request/targetTokenCache.ts";
import { openAttemptLeases } from "#shared/resilience/attemptLeases.ts";
import { openCircuitBreaker } from "#shared/resilience/circuitBreaker.ts";
import { countBusyDevices } from "#shared/routing/busyDevices.ts";
import { routeEvents } from "#shared/routing/routeEvents.ts";
import { batch, each } from "../../functions/edge/queue/batch.ts";
import { memoryAuditLog } from "../memory/audit/auditLog.ts";
import { memoryFirmwareVersions } from "../memory/delivery/firmwareVersions.ts";
import { createRecordSender } from "./ledger.ts";
import type { SimulatedRegion } from "./region.ts";
import type { SimulatedWorker } from "./worker.ts";

const accepted = z.pipe(
  receivedEvent,
  z.transform((received) => acceptEvent(received)!),
);

/** The simulation has no malformed messages. */
const malformedMessages: MalformedMessages = {
  async put(body) {
    throw new Error(`cannot be read: ${body}`);
  },
};

/**
 * The broker of a worker. It accepts events that the worker publishes to a fleet as events of the
 * fleet.
 */
const brokerOf = (
  { faultInjector, receive }: SimulatedRegion,
  worker: SimulatedWorker,
  onAck: (topic: string, ids: string[]) => void,
): Broker => ({
  publish: (topic, payload) =>
    faultInjector.call(worker, "broker", {
      what: `broker.publish ${topic}`,
      async does() {
        if (topic.startsWith("events/")) receive(topic, payload);
        else onAck(topic, JSON.parse(Buffer.from(payload).toString()).ids);
      },
    }),
});

const cacheOf = (
  { faultInjector, tables, time, history, trace }: SimulatedRegion,
  worker: SimulatedWorker,
) =>
  integrationCache({
    integrations: faultInjector.over(worker, "integrations", tables.integrations),
    now: time.now,
    onStale: history.recordStale,
    onUnreadable: ({ id }) => trace(() => `${worker.name} cannot read ${id}`),
  });

const queueOf = (
  { faultInjector, put, invariants }: SimulatedRegion,
  worker: SimulatedWorker,
  name: "deliveries" | "slowLane",
) => faultInjector.queue(worker, name, { put: put(name), lost: invariants.again });

/** The function `route` in a worker, with the dependencies of functions/route.ts. */
export const routeIn = (
  region: SimulatedRegion,
  worker: SimulatedWorker,
  onAck: (topic: string, ids: string[]) => void,
) => {
  const { tables, time, faultInjector } = region;
  const deps = {
    integrations: cacheOf(region, worker),
    deliveries: queueOf(region, worker, "deliveries"),
    slowLane: queueOf(region, worker, "slowLane"),
    countEvents: countBusyDevices(time.now),
    seenEvents: faultInjector.over(worker, "seen", tables.seen),
    broker: brokerOf(region, worker, onAck),
    storeRecentEvents: async () => {},
    record: createRecordSender(region, worker),
    archive: { send: async () => new Map(), isRetryPending: async () => false },
    now: time.now,
    wait: time.wait,
    onError: () => {},
  };
  const run = (given: AcceptedEvent[], isRedelivered: readonly boolean[]) =>
    routeEvents(
      given.map((event, i) =>
        isRedelivered[i] ? { ...event, isRedelivered: true as const } : event,
      ),
      deps,
    );
  return batch(accepted, run, malformedMessages);
};

/** The function `deliver` in a worker, with the dependencies of functions/deliver.ts. */
export const deliverIn = (region: SimulatedRegion, worker: SimulatedWorker) => {
  const { plan, faultInjector, tables, time, random, post, invariants } = region;
  const { now } = time;
  const onError = () => {};
  const integrations = cacheOf(region, worker);
  const broker = brokerOf(region, worker, () => {});
  const stored = faultInjector.over(worker, "integrations", tables.integrations);
  const healthRecords = faultInjector.over(worker, "integrations", tables.healthRecords);
  const later = (ms: number, run: () => void) => time.at(now() + ms, run);
  const responses = publishResponses({ broker, integrations, now, later, onError });
  const deps = {
    integrations,
    targetHealth: trackTargetHealth({
      integrations: stored,
      audit: memoryAuditLog(),
      healthRecords,
      broker,
      now,
      onError,
    }),
    responses: plan.publishesResponses ? responses : { publish: () => {} },
    token: targetTokenCache({ now }),
    versions: memoryFirmwareVersions(),
    post: async (request: Parameters<typeof post>[0]) => {
      await faultInjector.step(worker, () => "before a request to a target");
      const reply = await post(request);
      await faultInjector.step(worker, () => "after a response of a target");
      return reply;
    },
    circuitBreaker: openCircuitBreaker({
      quota: faultInjector.over(worker, "seen", tables.quota),
      onError,
    }),
    slowedAttempts: openAttemptLeases(faultInjector.over(worker, "seen", tables.quota), onError),
    loopDetector: openLoopDetector(),
    deliveries: queueOf(region, worker, "deliveries"),
    slowLane: queueOf(region, worker, "slowLane"),
    waiting: faultInjector.over(worker, "waiting", tables.waiting, { keep: invariants.again }),
    deadLetters: faultInjector.over(worker, "deadLetters", tables.deadLetters),
    now,
    chance: random.next,
    later,
    onError,
  };
  const record = createRecordSender(region, worker);
  const run = async (deliveries: Delivery[]) => {
    const ledger = batchRecord({ now, wanted: () => false });
    const outcomes = await each(async (one: Delivery) => {
      try {
        await deliver(one, { ...deps, ledger });
      } catch (error) {
        ledger.recordOutcome(one, "waiting", now());
        throw error;
      }
    })(deliveries);
    await Promise.all([record(ledger.record()), responses.settled()]);
    return outcomes;
  };
  return batch(delivery, run, malformedMessages);
};

/**
 * The function `storeDeadLetters` in a worker, with the dependencies of
 * functions/storeDeadLetters.ts.
 */
export const storeDeadLettersIn = (region: SimulatedRegion, worker: SimulatedWorker) => {
  const { faultInjector, tables, time } = region;
  const record = createRecordSender(region, worker);
  const deps = {
    deadLetters: faultInjector.over(worker, "deadLetters", tables.deadLetters),
    now: time.now,
  };
  const run = async (deliveries: Delivery[]) => {
    const ledger = batchRecord({ now: time.now, wanted: () => false });
    const outcomes = await each(async (one: Delivery) => {
      await deadLetterDelivery(one, deps);
      ledger.recordOutcome(one, "dead");
    })(deliveries);
    await record(ledger.record());
    return outcomes;
  };
  return batch(delivery, run, malformedMessages);
};

/** The function `requeue` in a worker, with the dependencies of functions/requeue.ts. */
export const requeueIn = (region: SimulatedRegion, worker: SimulatedWorker): Promise<unknown> => {
  const { faultInjector, tables, time } = region;
  const deps = {
    waiting: faultInjector.over(worker, "waiting", tables.waiting),
    deliveries: queueOf(region, worker, "deliveries"),
    unreadable: malformedMessages,
    now: time.now,
  };
  return requeueWaiting(time.now() + requeueTimeoutSeconds * 1_000 - requeueMarginMs, deps);
};

/** The function `recover` in a worker, with the dependencies of functions/recover.ts. */
export const recoverIn = (region: SimulatedRegion, worker: SimulatedWorker): Promise<unknown> => {
  const { faultInjector, tables, time, queues } = region;
  const events = {
    async send(all: readonly object[]) {
      const refused = new Map<number, Error>();
      for (const [i, one] of all.entries()) {
        const does = async () => queues.events.put(JSON.stringify(one));
        if (faultInjector.isRefused()) refused.set(i, new Error("refused"));
        else {
          await faultInjector
            .call(worker, "events", { what: "events.send", does })
            .catch((error: Error) => refused.set(i, error));
        }
      }
      return refused;
    },
  };
  const failedEvents = faultInjector.over(worker, "failedEvents", tables.failedEvents);
  const deadline = time.now() + recoverTimeoutSeconds * 1_000 - recoverMarginMs;
  return recoverEvents(deadline, { failedEvents, events, now: time.now });
};
