import type { DeadLetters } from "#shared/delivery/deadLetter.ts";
import type { WaitingDeliveries } from "#shared/delivery/delivery.ts";
import { type Delivery, delivery as deliverySchema } from "#shared/delivery/delivery.ts";
import { deliverTimeoutSeconds } from "#shared/delivery/limits.ts";
import { queueDelay } from "#shared/delivery/schedule.ts";
import { type ReceivedEvent, shortHash } from "#shared/event/deviceEvent.ts";
import type { Integration } from "#shared/integration/model/integration.ts";
import type { Integrations } from "#shared/integration/model/integrations.ts";
import { Failure } from "#shared/platform/failure.ts";
import type { TargetHealth } from "#shared/resilience/targetHealth.ts";
import { routeTimeoutSeconds } from "#shared/routing/limits.ts";
import type { Post } from "#shared/target/target.ts";
import { memoryAttemptQuota } from "../memory/delivery/attemptQuota.ts";
import { memoryDeadLetters } from "../memory/delivery/deadLetters.ts";
import { memoryIntegrations } from "../memory/delivery/integrations.ts";
import { memoryTargetHealth } from "../memory/delivery/targetHealth.ts";
import { memoryWaitingDeliveries } from "../memory/delivery/waitingDeliveries.ts";
import { memoryFailedEvents } from "../memory/event/failedEvents.ts";
import { memorySeenEvents } from "../memory/event/seenEvents.ts";
import { anIntegration, someTime } from "../memory/samples.ts";
import { createFaultInjector } from "./faultInjector.ts";
import { createIntegrationHistory } from "./integrationHistory.ts";
import { createInvariants, type Invariants } from "./invariants.ts";
import { openLedger } from "./ledger.ts";
import type { Plan, PlannedIntegration, PlannedTarget } from "./plan.ts";
import { simulatedQueue } from "./queue.ts";
import { createRandom } from "./random.ts";
import { type VirtualTime, virtualTime } from "./virtualTime.ts";

export type SimulatedRegion = ReturnType<typeof createRegion>;

interface Options {
  readonly traced: boolean;
  /** The numbers of the deliveries that the queue loses. */
  readonly losesDelivery?: (n: number) => boolean;
}

/** The durable parts of a region, each with an observer. */
export const createRegion = (plan: Plan, { traced, losesDelivery = () => false }: Options) => {
  const start = someTime;
  const time = virtualTime(start);
  const random = createRandom(plan.seed * 7_919 + 1);
  const lines: string[] = [];
  const violations: string[] = [];
  const addTime = (what: string) => `${((time.now() - start) / 1_000).toFixed(3)} s: ${what}`;
  const trace = (what: () => string): void => {
    if (traced) lines.push(addTime(what()));
  };
  const violated = (what: string): void => {
    trace(() => `VIOLATION: ${what}`);
    violations.push(addTime(what));
  };
  const { now } = time;
  /** Schedules the next run of the functions that run every minute. */
  const schedules: (() => void)[] = [];
  const scheduleRuns = (): void => {
    for (const plan of schedules) plan();
  };
  const history = createIntegrationHistory({ now, start });
  const unreadableTimes = new Map(plan.integrations.map(({ id, unreadable }) => [id, unreadable]));
  const wasUnreadable = (id: string) => unreadableTimes.get(id) !== undefined;
  const isUnreadable = (id: string): boolean => {
    const { fromMs, untilMs } = unreadableTimes.get(id) ?? { fromMs: 0, untilMs: 0 };
    return start + fromMs <= now() && now() < start + untilMs;
  };
  const invariants = createInvariants({
    ...{ now, history, receivesMax: plan.receivesMax, wasUnreadable, violated },
  });
  const ledger = openLedger();
  const faultInjector = createFaultInjector({ plan, start, time, random, trace });
  const base = {
    time,
    random,
    receivesMax: plan.receivesMax,
    duplicateProbability: faultInjector.duplicateProbability,
  };

  // A queue and a table show the same text several times.
  const known = new Map<string, Delivery>();
  const read = (body: string): Delivery => {
    const delivery = known.get(body) ?? deliverySchema.parse(JSON.parse(body));
    known.set(body, delivery);
    return delivery;
  };
  const deliveryObserver = {
    in: (body: string) => invariants.in(read(body)),
    out: (body: string) => invariants.out(read(body)),
    again: (body: string) => invariants.again(read(body)),
  };
  const eventObserver = { in: invariants.eventIn, out: invariants.eventOut, again: () => {} };
  const eventsMs = 6 * routeTimeoutSeconds * 1_000;
  const deliveriesMs = 6 * deliverTimeoutSeconds * 1_000;
  const eventDeadLetters = simulatedQueue({
    ...{ time, random, name: "Events.dead", visibilityMs: eventsMs, observer: eventObserver },
  });
  const deliveryDeadLetters = simulatedQueue({
    ...{
      time,
      random,
      name: "Deliveries.dead",
      visibilityMs: deliveriesMs,
      observer: deliveryObserver,
    },
  });
  const deliveryOptions = {
    visibilityMs: deliveriesMs,
    deadLetters: deliveryDeadLetters,
    observer: deliveryObserver,
  };
  const queues = {
    events: simulatedQueue({
      ...{ ...base, name: "Events", visibilityMs: eventsMs },
      ...{ deadLetters: eventDeadLetters, observer: eventObserver },
    }),
    eventDeadLetters,
    deliveries: simulatedQueue({ ...base, ...deliveryOptions, name: "Deliveries" }),
    slowLane: simulatedQueue({ ...base, ...deliveryOptions, name: "SlowLane" }),
    deliveryDeadLetters,
  };
  const lost = new Map<string, string>();
  let puts = 0;
  const put = (queue: "deliveries" | "slowLane") => (one: Delivery) => {
    puts += 1;
    if (losesDelivery(puts)) return void lost.set(one.id, one.integration);
    queues[queue].put(
      JSON.stringify(one),
      one.integration,
      queueDelay(one.notBefore, now()) * 1_000,
    );
  };

  const failedEvents = memoryFailedEvents();
  const healthRecords = new Map<string, TargetHealth>();
  const rows = memoryWaitingDeliveries();
  const observed = observedIntegrations(memoryIntegrations([], [], healthRecords), history.changed);
  const integrations = withUnreadable(observed, { isUnreadable, recordStale: history.recordStale });
  const tables = {
    integrations,
    healthRecords: memoryTargetHealth(healthRecords),
    waiting: observedWaiting(rows, { read, invariants, scheduleRuns }),
    deadLetters: observedDeadLetters(memoryDeadLetters(now), { invariants, trace }),
    seen: memorySeenEvents(),
    quota: memoryAttemptQuota(),
    failedEvents: {
      ...failedEvents,
      async remove(keys: readonly string[]) {
        const removed = keys.map((key) => failedEvents.objects.get(key));
        await failedEvents.remove(keys);
        for (const one of removed) if (one) invariants.eventOut(JSON.stringify(one));
      },
    },
  };
  let messages = 0;
  /** The topic rule: stores a message of the broker. */
  const receive = (topic: string, payload: Uint8Array): void => {
    messages += 1;
    const data = Buffer.from(payload).toString("base64");
    const id = shortHash(`message ${messages}`);
    const received: ReceivedEvent = { topic, receivedAt: now(), id, data };
    const isFailed = faultInjector.isUnavailable("events");
    trace(() => `${topic} is accepted${isFailed ? " and goes to S3" : ""}`);
    if (isFailed) {
      failedEvents.objects.set(`${String(now()).padStart(15, "0")}-${messages}`, received);
      invariants.eventIn(JSON.stringify(received));
      scheduleRuns();
    } else queues.events.put(JSON.stringify(received));
  };

  return {
    ...{ plan, start, time, random, trace, lines, violations, violated },
    ...{
      invariants,
      ledger,
      history,
      faultInjector,
      queues,
      put,
      tables,
      receive,
      rows,
      failedEvents,
      schedules,
    },
    lost,
    post: targetsOf(plan, { start, time, invariants, trace }),
    /** Every queue and table is empty. */
    isEmpty: () =>
      Object.values(queues).every((queue) => queue.size() === 0) &&
      rows.rows.size === 0 &&
      failedEvents.objects.size === 0,
  };
};

export const integrationOf = (planned: PlannedIntegration): Integration => {
  const { id, fleet, event, deadline, target } = planned;
  return anIntegration({ id, fleet, event, url: target.url, ...(deadline && { deadline }) });
};

const observedIntegrations = (
  memory: Integrations,
  changed: (id: string, integration: Integration | undefined) => void,
): Integrations => {
  const changing = async <Done>(fleet: string, id: string, work: Promise<Done>): Promise<Done> => {
    const done = await work;
    if (done !== false) changed(id, await memory.find(fleet, id));
    return done;
  };
  return {
    ...memory,
    add: (one) => changing(one.fleet, one.id, memory.add(one)),
    replace: (one) => changing(one.fleet, one.id, memory.replace(one)),
    remove: (fleet, id) => changing(fleet, id, memory.remove(fleet, id)),
    disable: (fleet, id, reason) => changing(fleet, id, memory.disable(fleet, id, reason)),
  };
};

/** Integrations with rows that cannot be read; workers may use cached ones. */
const withUnreadable = (
  rows: Integrations,
  {
    isUnreadable,
    recordStale,
  }: { isUnreadable: (id: string) => boolean; recordStale: (fleet: string) => void },
): Integrations => {
  const why = new Error("the row is not an integration");
  const readable = async <Done>(id: string, does: () => Promise<Done>): Promise<Done> => {
    if (isUnreadable(id)) throw why;
    return does();
  };
  return {
    ...rows,
    find: (fleet, id) => readable(id, () => rows.find(fleet, id)),
    disable: (fleet, id, reason) => readable(id, () => rows.disable(fleet, id, reason)),
    async fleetRouting(fleet) {
      const found = await rows.fleetRouting(fleet);
      const unreadable = found.integrations.filter(({ id }) => isUnreadable(id));
      if (unreadable.length > 0) recordStale(fleet);
      return {
        ...found,
        integrations: found.integrations.filter((one) => !unreadable.includes(one)),
        unreadable: new Map(unreadable.map(({ id }) => [id, why])),
      };
    },
  };
};

interface Observers {
  readonly invariants: Invariants;
  readonly trace: (what: () => string) => void;
}

const observedWaiting = (
  memory: ReturnType<typeof memoryWaitingDeliveries>,
  {
    read,
    invariants,
    scheduleRuns,
  }: {
    read: (body: string) => Delivery;
    invariants: Observers["invariants"];
    scheduleRuns: () => void;
  },
): WaitingDeliveries => {
  const given = new Set<string>();
  return {
    async keep(delivery) {
      const before = memory.rows.size;
      const keeping = memory.keep(delivery);
      if (memory.rows.size > before) invariants.in(delivery);
      scheduleRuns();
      await keeping;
    },
    async due(shard, page) {
      const found = await memory.due(shard, page);
      for (const { key, body } of found.waiting) {
        if (given.has(key)) invariants.again(read(body));
        given.add(key);
      }
      return found;
    },
    async remove(shard, keys) {
      const removed = keys.flatMap((key) => memory.rows.get(key) ?? []);
      await memory.remove(shard, keys);
      for (const body of removed) invariants.out(read(body));
    },
  };
};

const observedDeadLetters = (
  memory: DeadLetters,
  { invariants, trace }: Observers,
): DeadLetters => ({
  ...memory,
  async put(deadLetter) {
    trace(() => `${deadLetter.delivery.id} is a dead letter: ${deadLetter.reason}`);
    await memory.put(deadLetter);
    invariants.deadLettered(deadLetter);
  },
});

/** The targets of the plan, by URL; each responds according to its phase. */
const targetsOf = (
  { integrations }: Plan,
  { start, time, invariants, trace }: Observers & { start: number; time: VirtualTime },
): Post => {
  const targets = new Map<string, PlannedTarget>(
    integrations.map(({ target }) => [target.url, target]),
  );
  return async ({ url, headers }) => {
    const id = headers["webhook-id"]!;
    const phases = targets.get(url)!.phases;
    const phase = phases.find(({ untilMs }) => time.now() - start < untilMs)!;
    const { answer, tookMs, retryAfter } = phase;
    invariants.posted(id);
    trace(() => `${url} receives ${id}`);
    await time.wait(tookMs);
    const isOk = answer === 200;
    const reason = typeof answer === "number" ? `the target answered ${answer}` : `it ${answer}`;
    trace(() => `${id}: ${reason}`);
    const arrived = isOk || answer === "disconnects";
    invariants.answered(id, { arrived, ...(!isOk && { failed: reason }) });
    if (typeof answer !== "number") throw new Failure(reason, { code: "target_unavailable" });
    return { status: answer, body: "", ...(retryAfter !== undefined && { retryAfter }) };
  };
};
