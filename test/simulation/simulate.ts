import {
  deliverTimeoutSeconds,
  requeueMinutes,
  requeueTimeoutSeconds,
} from "#shared/delivery/limits.ts";
import { acceptEvent } from "#shared/event/deviceEvent.ts";
import { recoverTimeoutSeconds } from "#shared/event/limits.ts";
import { ackTopic, eventTopic } from "#shared/platform/topic.ts";
import { routeTimeoutSeconds } from "#shared/routing/limits.ts";
import { deliverIn, recoverIn, requeueIn, routeIn, storeDeadLettersIn } from "./functions.ts";
import { type Life, openLife } from "./life.ts";
import { changeIntegrations } from "./owners.ts";
import { hourMs, isWell, minuteMs, type Plan, type PlannedEvent } from "./plan.ts";
import { startWorkers } from "./workers.ts";
import { openWorld, type World } from "./world.ts";

/**
 * Maximum length of a simulation: longer than the retry schedule of 75 hours, because deliveries
 * can be held.
 */
const longestMs = 40 * 24 * hourMs;
/**
 * Maximum delay of a delivery to a healthy target, and the additional delay until slow targets are
 * detected, which occupy a worker.
 */
const healthyMsMax = 3_000;
const knownMsMax = 30_000;
/** How often, and after which time, a device repeats an event without an acknowledgement. */
const repeatsMax = 5;
const repeatMs = 4_000;

export interface Simulated {
  readonly violations: readonly string[];
  readonly trace: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
  /**
   * The ids of deliveries that were lost on purpose without another copy, and those that the ledger
   * reports as missing.
   */
  readonly lost: readonly string[];
  readonly missing: ReadonlySet<string>;
}

/** Runs a simulation until all accepted events are processed. Returns the violations. */
export const simulate = async (
  plan: Plan,
  { traced = false, loses }: { traced?: boolean; loses?: (n: number) => boolean } = {},
): Promise<Simulated> => {
  const world = openWorld(plan, { traced, ...(loses && { loses }) });
  const { time, start, books, violated, violations, queues } = world;
  changeIntegrations(world);
  const onAck = publishEvents(world);
  startPools(world, onAck);
  every(world, {
    ...{ name: "wake", timeoutSeconds: requeueTimeoutSeconds },
    ...{ neededAt: () => firstDue(world), run: (life: Life) => requeueIn(world, life) },
  });
  every(world, {
    ...{ name: "recover", timeoutSeconds: recoverTimeoutSeconds },
    neededAt: () => (world.failedEvents.objects.size > 0 ? time.now() : undefined),
    run: (life) => recoverIn(world, life),
  });
  // If a delivery is lost on purpose, the simulation continues.
  const isOver = () => loses === undefined && violations.length > 0;
  await time.run(start + plan.calmFromMs, isOver);
  while (!isOver() && !world.isQuiet()) {
    if (time.now() > start + longestMs) violated("it comes to no end");
    queues.eventLetters.redrive(queues.events);
    await time.run(time.now() + hourMs, () => isOver() || world.isQuiet());
  }
  // The owner has changed an integration: the last of two plans of a message is valid.
  const isChanged = (id: string) =>
    plan.integrations.some((one) => one.id === id && one.changes[0]);
  const lost = [...world.lost].flatMap(([id, to]) => (books.isDone(id) || isChanged(to) ? [] : id));
  if (!isOver()) books.close();
  if (!isOver()) checkLedger(world);
  if (plan.calm && !isOver()) checkHealthy(world);
  const missing = world.ledger.missing();
  return { violations, trace: world.lines, counts: books.counts(), lost, missing };
};

/**
 * The ledger reports no missing delivery if none is lost. Simulations with a redrive of dead
 * letters are not checked: a redriven event is a new message, so planned deliveries to a removed
 * integration are missing.
 */
const checkLedger = ({ plan, ledger, violated }: World): void => {
  if (plan.receivesMax <= 10) return;
  for (const id of ledger.missing()) violated(`${id} is missing in the ledger, and is not lost`);
};

/** I2: a healthy target receives its events soon, independent of other targets. */
const checkHealthy = ({ plan, start, books, violated }: World): void => {
  const targets = plan.integrations.map(({ target }) => target);
  const longestMs = Math.max(
    ...targets.flatMap(({ phases }) => phases.map(({ tookMs }) => tookMs)),
  );
  for (const { id, target } of plan.integrations) {
    if (!isWell(target)) continue;
    for (const { acceptedAt, waitedMs } of books.firstAttempts(id)) {
      const isKnown = acceptedAt > start + knownMsMax;
      const boundMs = healthyMsMax + (isKnown ? 0 : longestMs);
      if (waitedMs > boundMs) violated(`${id}, whose target is healthy, waited ${waitedMs} ms`);
    }
  }
};

type OnAck = (topic: string, ids: string[]) => void;

const startPools = (world: World, onAck: OnAck): void => {
  const { plan, queues } = world;
  const { batch } = plan;
  startWorkers(world, {
    ...{ name: "route", queue: queues.events, workers: plan.routeWorkers, batch },
    ...{ timeoutSeconds: routeTimeoutSeconds, open: (life: Life) => routeIn(world, life, onAck) },
  });
  const delivering = { batch, timeoutSeconds: deliverTimeoutSeconds };
  const deliver = { ...delivering, open: (life: Life) => deliverIn(world, life) };
  const storeDeadLetters = { ...delivering, open: (life: Life) => storeDeadLettersIn(world, life) };
  startWorkers(world, {
    ...deliver,
    name: "deliver",
    queue: queues.deliveries,
    workers: plan.workers,
  });
  startWorkers(world, {
    ...deliver,
    name: "slow",
    queue: queues.slowLane,
    workers: plan.slowWorkers,
  });
  startWorkers(world, {
    ...storeDeadLetters,
    name: "storeDeadLetters",
    queue: queues.letters,
    workers: 1,
  });
};

interface Scheduled {
  readonly name: string;
  readonly timeoutSeconds: number;
  /** The time from which a run has something to do; earlier runs are skipped. */
  readonly neededAt: () => number | undefined;
  readonly run: (life: Life) => Promise<unknown>;
}

/** Runs a function every minute, one run at a time. */
const every = (world: World, { name, timeoutSeconds, neededAt, run }: Scheduled): void => {
  const { time, trace } = world;
  let armed = Number.POSITIVE_INFINITY;
  let cancel = (): void => {};
  const tick = async (): Promise<void> => {
    const life = openLife(name);
    const stop = time.at(time.now() + timeoutSeconds * 1_000, life.end);
    const failed = (error: Error) => trace(() => `${name}: ${error.message}`);
    await Promise.race([run(life), life.over]).catch(failed);
    stop();
    // Its pending steps do not continue.
    life.end();
    armed = Number.POSITIVE_INFINITY;
    arm();
  };
  const arm = (): void => {
    const needed = neededAt();
    if (needed === undefined) return;
    const at = Math.ceil(Math.max(needed, time.now() + 1) / minuteMs) * minuteMs;
    if (at >= armed) return;
    cancel();
    armed = at;
    cancel = time.at(at, () => {
      // Runs do not overlap.
      armed = 0;
      void tick();
    });
  };
  world.schedules.push(arm);
};

/** When the first delivery of the table can be requeued. */
const firstDue = ({ rows }: World): number | undefined => {
  const [first] = [...rows.rows.keys()].sort();
  return first === undefined ? undefined : Number(first.split("#")[0]) - requeueMinutes * minuteMs;
};

/**
 * Publishes the planned events. A device that asks for an acknowledgement repeats its event until
 * it receives one.
 */
const publishEvents = ({ plan, start, time, take, books }: World): OnAck => {
  const known = new Set<string>();
  const publish = async ({ key, ...event }: PlannedEvent): Promise<void> => {
    const topic = eventTopic({ ...event, ...(key !== undefined && { key }) });
    const isHeard = () => known.has(`${ackTopic(event.device)} ${key}`);
    for (let times = 0; times < repeatsMax; times += 1) {
      take(topic, Buffer.from("1"));
      if (key === undefined) return;
      await time.wait(repeatMs);
      if (isHeard()) return;
    }
  };
  for (const event of plan.events) time.at(start + event.atMs, () => void publish(event));
  return (topic, ids) => {
    for (const key of ids) {
      const said = plan.events.find((one) => one.key === key && ackTopic(one.device) === topic);
      if (said !== undefined) books.acknowledged(idOf(said));
      known.add(`${topic} ${key}`);
    }
  };
};

const idOf = ({ fleet, device, name, key = "" }: PlannedEvent): string =>
  acceptEvent({ topic: eventTopic({ fleet, device, name, key }), receivedAt: 0, id: "", data: "" })!
    .event.id;
