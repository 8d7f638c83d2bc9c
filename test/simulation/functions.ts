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
import { openCircuitBreaker } from "#shared/resilience/circuitBreaker.ts";
import { routeEvents } from "#shared/routing/routeEvents.ts";
import { batch, each } from "../../functions/edge/queue/batch.ts";
import { memoryFirmwareVersions } from "../memory/delivery/firmwareVersions.ts";
import { recordIn } from "./ledger.ts";
import type { Life } from "./life.ts";
import type { World } from "./world.ts";

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

/** The broker of a worker: events that it publishes to a fleet are events of that fleet. */
const brokerOf = (
  { faultInjector, take }: World,
  life: Life,
  onAck: (topic: string, ids: string[]) => void,
): Broker => ({
  publish: (topic, payload) =>
    faultInjector.call(life, "broker", {
      what: `broker.publish ${topic}`,
      async does() {
        if (topic.startsWith("events/")) take(topic, payload);
        else onAck(topic, JSON.parse(Buffer.from(payload).toString()).ids);
      },
    }),
});

const memoryOf = ({ faultInjector, tables, time, histories, trace }: World, life: Life) =>
  integrationCache({
    integrations: faultInjector.over(life, "integrations", tables.integrations),
    now: time.now,
    onStale: histories.isStale,
    onUnreadable: ({ id }) => trace(() => `${life.name} cannot read ${id}`),
  });

const queueOf = (
  { faultInjector, put, books }: World,
  life: Life,
  name: "deliveries" | "slowLane",
) => faultInjector.queue(life, name, { put: put(name), lost: books.again });

/** The function `route` in a worker, with the dependencies of functions/route.ts. */
export const routeIn = (
  world: World,
  life: Life,
  onAck: (topic: string, ids: string[]) => void,
) => {
  const { tables, time, faultInjector } = world;
  const deps = {
    integrations: memoryOf(world, life),
    deliveries: queueOf(world, life, "deliveries"),
    seenEvents: faultInjector.over(life, "seen", tables.seen),
    broker: brokerOf(world, life, onAck),
    storeRecentEvents: async () => {},
    record: recordIn(world, life),
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
export const deliverIn = (world: World, life: Life) => {
  const { plan, faultInjector, tables, time, chance, post, books } = world;
  const { now } = time;
  const onError = () => {};
  const integrations = memoryOf(world, life);
  const broker = brokerOf(world, life, () => {});
  const stored = faultInjector.over(life, "integrations", tables.integrations);
  const healthRecords = faultInjector.over(life, "integrations", tables.healthRecords);
  const responses = publishResponses({ broker, integrations, now, wait: time.wait, onError });
  const deps = {
    integrations,
    targetHealth: trackTargetHealth({ integrations: stored, healthRecords, broker, now, onError }),
    responses: plan.tells ? responses : { publish: () => {} },
    token: targetTokenCache({ now }),
    versions: memoryFirmwareVersions(),
    post: async (request: Parameters<typeof post>[0]) => {
      await faultInjector.step(life, () => "the door of a target");
      const reply = await post(request);
      await faultInjector.step(life, () => "the answer of a target");
      return reply;
    },
    circuitBreaker: openCircuitBreaker(),
    loopDetector: openLoopDetector(),
    deliveries: queueOf(world, life, "deliveries"),
    slowLane: queueOf(world, life, "slowLane"),
    waiting: faultInjector.over(life, "waiting", tables.waiting, { keep: books.again }),
    deadLetters: faultInjector.over(life, "deadLetters", tables.deadLetters),
    now,
    chance: chance.next,
    later: (ms: number, what: () => void) => time.at(now() + ms, what),
    onError,
  };
  const record = recordIn(world, life);
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
export const storeDeadLettersIn = (world: World, life: Life) => {
  const { faultInjector, tables, time } = world;
  const record = recordIn(world, life);
  const deps = {
    deadLetters: faultInjector.over(life, "deadLetters", tables.deadLetters),
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
export const requeueIn = (world: World, life: Life): Promise<unknown> => {
  const { faultInjector, tables, time } = world;
  const deps = {
    waiting: faultInjector.over(life, "waiting", tables.waiting),
    deliveries: queueOf(world, life, "deliveries"),
    unreadable: malformedMessages,
    now: time.now,
  };
  return requeueWaiting(time.now() + requeueTimeoutSeconds * 1_000 - requeueMarginMs, deps);
};

/** The function `recover` in a worker, with the dependencies of functions/recover.ts. */
export const recoverIn = (world: World, life: Life): Promise<unknown> => {
  const { faultInjector, tables, time, queues } = world;
  const events = {
    async send(all: readonly object[]) {
      const refused = new Map<number, Error>();
      for (const [i, one] of all.entries()) {
        const does = async () => queues.events.put(JSON.stringify(one));
        if (faultInjector.isRefused()) refused.set(i, new Error("refused"));
        else {
          await faultInjector
            .call(life, "events", { what: "events.send", does })
            .catch((error: Error) => refused.set(i, error));
        }
      }
      return refused;
    },
  };
  const failedEvents = faultInjector.over(life, "failedEvents", tables.failedEvents);
  const deadline = time.now() + recoverTimeoutSeconds * 1_000 - recoverMarginMs;
  return recoverEvents(deadline, { failedEvents, events, now: time.now });
};
