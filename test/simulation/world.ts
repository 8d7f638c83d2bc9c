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
import { memoryDeadLetters } from "../memory/delivery/deadLetters.ts";
import { memoryIntegrations } from "../memory/delivery/integrations.ts";
import { memoryTargetHealth } from "../memory/delivery/targetHealth.ts";
import { memoryWaitingDeliveries } from "../memory/delivery/waitingDeliveries.ts";
import { memoryFailedEvents } from "../memory/event/failedEvents.ts";
import { memorySeenEvents } from "../memory/event/seenEvents.ts";
import { anIntegration, someTime } from "../memory/samples.ts";
import { type Books, openBooks } from "./books.ts";
import { chances } from "./chances.ts";
import { createFaultInjector } from "./faultInjector.ts";
import { openHistories } from "./histories.ts";
import { openLedger } from "./ledger.ts";
import type { Plan, PlannedIntegration, PlannedTarget } from "./plan.ts";
import { simulatedQueue } from "./queue.ts";
import { type VirtualTime, virtualTime } from "./virtualTime.ts";

export type World = ReturnType<typeof openWorld>;

interface Options {
  readonly traced: boolean;
  /** The numbers of the deliveries that the queue loses. */
  readonly loses?: (n: number) => boolean;
}

/** The durable parts of a region, each with its books. */
export const openWorld = (plan: Plan, { traced, loses = () => false }: Options) => {
  const start = someTime;
  const time = virtualTime(start);
  const chance = chances(plan.seed * 7_919 + 1);
  const lines: string[] = [];
  const violations: string[] = [];
  const said = (what: string) => `${((time.now() - start) / 1_000).toFixed(3)} s: ${what}`;
  const trace = (what: () => string): void => {
    if (traced) lines.push(said(what()));
  };
  const violated = (what: string): void => {
    trace(() => `VIOLATION: ${what}`);
    violations.push(said(what));
  };
  const { now } = time;
  /** Schedules the next run of the functions that run every minute. */
  const schedules: (() => void)[] = [];
  const news = (): void => {
    for (const plan of schedules) plan();
  };
  const histories = openHistories({ now, start });
  const spans = new Map(plan.integrations.map(({ id, unreadable }) => [id, unreadable]));
  const wasUnreadable = (id: string) => spans.get(id) !== undefined;
  const isUnreadable = (id: string): boolean => {
    const { fromMs, untilMs } = spans.get(id) ?? { fromMs: 0, untilMs: 0 };
    return start + fromMs <= now() && now() < start + untilMs;
  };
  const books = openBooks({
    ...{ now, histories, receivesMax: plan.receivesMax, wasUnreadable, violated },
  });
  const ledger = openLedger();
  const faultInjector = createFaultInjector({ plan, start, time, chance, trace });
  const base = { time, chance, receivesMax: plan.receivesMax, twice: faultInjector.twice };

  const read = (body: string): Delivery => deliverySchema.parse(JSON.parse(body));
  const ofDeliveries = {
    in: (body: string) => books.in(read(body)),
    out: (body: string) => books.out(read(body)),
    again: (body: string) => books.again(read(body)),
  };
  const ofEvents = { in: books.eventIn, out: books.eventOut, again: () => {} };
  const eventsMs = 6 * routeTimeoutSeconds * 1_000;
  const deliveriesMs = 6 * deliverTimeoutSeconds * 1_000;
  const eventLetters = simulatedQueue({
    ...{ time, chance, name: "Events.dead", visibilityMs: eventsMs, watch: ofEvents },
  });
  const letters = simulatedQueue({
    ...{ time, chance, name: "Deliveries.dead", visibilityMs: deliveriesMs, watch: ofDeliveries },
  });
  const toLetters = { visibilityMs: deliveriesMs, deadLetters: letters, watch: ofDeliveries };
  const queues = {
    events: simulatedQueue({
      ...{ ...base, name: "Events", visibilityMs: eventsMs },
      ...{ deadLetters: eventLetters, watch: ofEvents },
    }),
    eventLetters,
    deliveries: simulatedQueue({ ...base, ...toLetters, name: "Deliveries" }),
    slowLane: simulatedQueue({ ...base, ...toLetters, name: "SlowLane" }),
    letters,
  };
  const lost = new Map<string, string>();
  let puts = 0;
  const put = (queue: "deliveries" | "slowLane") => (one: Delivery) => {
    puts += 1;
    if (loses(puts)) return void lost.set(one.id, one.integration);
    queues[queue].put(
      JSON.stringify(one),
      one.integration,
      queueDelay(one.notBefore, now()) * 1_000,
    );
  };

  const failedEvents = memoryFailedEvents();
  const healthRecords = new Map<string, TargetHealth>();
  const rows = memoryWaitingDeliveries();
  const watched = watchedIntegrations(memoryIntegrations([], [], healthRecords), histories.changed);
  const integrations = withUnreadable(watched, { isUnreadable, isStale: histories.isStale });
  const tables = {
    integrations,
    healthRecords: memoryTargetHealth(healthRecords),
    waiting: watchedWaiting(rows, { read, books, news }),
    deadLetters: watchedDeadLetters(memoryDeadLetters(now), { books, trace }),
    seen: memorySeenEvents(),
    failedEvents: {
      ...failedEvents,
      async remove(keys: readonly string[]) {
        const removed = keys.map((key) => failedEvents.objects.get(key));
        await failedEvents.remove(keys);
        for (const one of removed) if (one) books.eventOut(JSON.stringify(one));
      },
    },
  };
  let messages = 0;
  /** The topic rule: stores a message of the broker. */
  const take = (topic: string, payload: Uint8Array): void => {
    messages += 1;
    const data = Buffer.from(payload).toString("base64");
    const id = shortHash(`message ${messages}`);
    const received: ReceivedEvent = { topic, receivedAt: now(), id, data };
    const isFailed = faultInjector.isOut("events");
    trace(() => `${topic} is accepted${isFailed ? " and goes to S3" : ""}`);
    if (isFailed) {
      failedEvents.objects.set(`${String(now()).padStart(15, "0")}-${messages}`, received);
      books.eventIn(JSON.stringify(received));
      news();
    } else queues.events.put(JSON.stringify(received));
  };

  return {
    ...{ plan, start, time, chance, trace, lines, violations, violated },
    ...{
      books,
      ledger,
      histories,
      faultInjector,
      queues,
      put,
      tables,
      take,
      rows,
      failedEvents,
      schedules,
    },
    lost,
    post: targetsOf(plan, { start, time, books, trace }),
    /** Every queue and table is empty. */
    isQuiet: () =>
      Object.values(queues).every((queue) => queue.size() === 0) &&
      rows.rows.size === 0 &&
      failedEvents.objects.size === 0,
  };
};

export const integrationOf = (planned: PlannedIntegration): Integration => {
  const { id, fleet, event, deadline, target } = planned;
  return anIntegration({ id, fleet, event, url: target.url, ...(deadline && { deadline }) });
};

const watchedIntegrations = (
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

/** Integrations some of whose rows cannot be read; workers may use cached ones. */
const withUnreadable = (
  rows: Integrations,
  {
    isUnreadable,
    isStale,
  }: { isUnreadable: (id: string) => boolean; isStale: (fleet: string) => void },
): Integrations => {
  const why = new Error("this is no integration");
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
      if (unreadable.length > 0) isStale(fleet);
      return {
        ...found,
        integrations: found.integrations.filter((one) => !unreadable.includes(one)),
        unreadable: new Map(unreadable.map(({ id }) => [id, why])),
      };
    },
  };
};

interface MonitorResult {
  readonly books: Books;
  readonly trace: (what: () => string) => void;
}

const watchedWaiting = (
  memory: ReturnType<typeof memoryWaitingDeliveries>,
  {
    read,
    books,
    news,
  }: { read: (body: string) => Delivery; books: MonitorResult["books"]; news: () => void },
): WaitingDeliveries => {
  const given = new Set<string>();
  return {
    async keep(delivery) {
      const before = memory.rows.size;
      const keeping = memory.keep(delivery);
      if (memory.rows.size > before) books.in(delivery);
      news();
      await keeping;
    },
    async due(shard, page) {
      const found = await memory.due(shard, page);
      for (const { key, body } of found.waiting) {
        if (given.has(key)) books.again(read(body));
        given.add(key);
      }
      return found;
    },
    async remove(shard, keys) {
      const removed = keys.flatMap((key) => memory.rows.get(key) ?? []);
      await memory.remove(shard, keys);
      for (const body of removed) books.out(read(body));
    },
  };
};

const watchedDeadLetters = (memory: DeadLetters, { books, trace }: MonitorResult): DeadLetters => ({
  ...memory,
  async put(deadLetter) {
    trace(() => `${deadLetter.delivery.id} is a dead letter: ${deadLetter.reason}`);
    await memory.put(deadLetter);
    books.deadLettered(deadLetter);
  },
});

/** The targets of the plan, by URL; each responds according to its phase. */
const targetsOf = (
  { integrations }: Plan,
  { start, time, books, trace }: MonitorResult & { start: number; time: VirtualTime },
): Post => {
  const targets = new Map<string, PlannedTarget>(
    integrations.map(({ target }) => [target.url, target]),
  );
  return async ({ url, headers }) => {
    const id = headers["webhook-id"]!;
    const phases = targets.get(url)!.phases;
    const phase = phases.find(({ untilMs }) => time.now() - start < untilMs)!;
    const { answer, tookMs, retryAfter } = phase;
    books.posted(id);
    trace(() => `${url} gets ${id}`);
    await time.wait(tookMs);
    const isOk = answer === 200;
    const reason = typeof answer === "number" ? `the target answered ${answer}` : `it ${answer}`;
    trace(() => `${id}: ${reason}`);
    const arrived = isOk || answer === "breaks off";
    books.answered(id, { arrived, ...(!isOk && { failed: reason }) });
    if (typeof answer !== "number") throw new Failure(reason, { code: "target_unavailable" });
    return { status: answer, body: "", ...(retryAfter !== undefined && { retryAfter }) };
  };
};
