import {
  deliverTimeoutSeconds,
  requeueMinutes,
  requeueTimeoutSeconds,
} from "#shared/delivery/limits.ts";
import { acceptEvent } from "#shared/event/deviceEvent.ts";
import { recoverTimeoutSeconds } from "#shared/event/limits.ts";
import { ackTopic, eventTopic } from "#shared/platform/topic.ts";
import { routeTimeoutSeconds } from "#shared/routing/limits.ts";
import { changeIntegrations } from "./changeIntegrations.ts";
import { deliverIn, recoverIn, requeueIn, routeIn, storeDeadLettersIn } from "./functions.ts";
import { hourMs, isHealthy, minuteMs, type Plan, type PlannedEvent } from "./plan.ts";
import { createRegion, type SimulatedRegion } from "./region.ts";
import { type SimulatedWorker, startWorker } from "./worker.ts";
import { startWorkerPool } from "./workerPool.ts";

/**
 * Maximum length of a simulation: longer than the retry schedule of 75 hours, because deliveries
 * can be held.
 */
const simulatedMsMax = 40 * 24 * hourMs;
/**
 * Maximum delay of a delivery to a healthy target, and the additional delay until slow targets are
 * detected, which occupy a worker.
 */
const healthyMsMax = 3_000;
const slowDetectionMsMax = 30_000;
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
  {
    traced = false,
    losesDelivery,
  }: { traced?: boolean; losesDelivery?: (n: number) => boolean } = {},
): Promise<Simulated> => {
  const region = createRegion(plan, { traced, ...(losesDelivery && { losesDelivery }) });
  const { time, start, invariants, violated, violations, queues } = region;
  changeIntegrations(region);
  const onAck = publishEvents(region);
  startPools(region, onAck);
  every(region, {
    ...{ name: "requeue", timeoutSeconds: requeueTimeoutSeconds },
    ...{
      neededAt: () => firstDue(region),
      run: (worker: SimulatedWorker) => requeueIn(region, worker),
    },
  });
  every(region, {
    ...{ name: "recover", timeoutSeconds: recoverTimeoutSeconds },
    neededAt: () => (region.failedEvents.objects.size > 0 ? time.now() : undefined),
    run: (worker) => recoverIn(region, worker),
  });
  // If a delivery is lost on purpose, the simulation continues.
  const isOver = () => losesDelivery === undefined && violations.length > 0;
  await time.run(start + plan.faultsUntilMs, isOver);
  while (!isOver() && !region.isEmpty()) {
    if (time.now() > start + simulatedMsMax) violated("it does not end");
    queues.eventDeadLetters.redrive(queues.events);
    await time.run(time.now() + hourMs, () => isOver() || region.isEmpty());
  }
  // The owner has changed an integration: the last of two plans of a message is valid.
  const isChanged = (id: string) =>
    plan.integrations.some((one) => one.id === id && one.changes[0]);
  const lost = [...region.lost].flatMap(([id, to]) =>
    invariants.isDone(id) || isChanged(to) ? [] : id,
  );
  if (!isOver()) invariants.close();
  if (!isOver()) checkLedger(region);
  if (!isOver() && losesDelivery === undefined) checkUsage(region);
  if (plan.hasTargetFaultsOnly && !isOver()) checkHealthy(region);
  const missing = region.ledger.missing();
  return { violations, trace: region.lines, counts: invariants.counts(), lost, missing };
};

/**
 * The ledger reports no missing delivery if none is lost. Simulations with a redrive of dead
 * letters are not checked: a redriven event is a new message, so planned deliveries to a removed
 * integration are missing.
 */
const checkLedger = ({ plan, ledger, violated }: SimulatedRegion): void => {
  if (plan.receivesMax <= 10) return;
  for (const id of ledger.missing()) violated(`${id} is missing in the ledger, but not lost`);
};

/**
 * Each accepted event counts in the usage of its fleet: once if duplicates could be detected, and
 * otherwise as often as it was delivered.
 */
const checkUsage = ({ plan, ledger, invariants, violated }: SimulatedRegion): void => {
  const counted = ledger.counted();
  // As in the ledger, an event that is redriven from dead letters is a new message.
  const isRedriven = plan.receivesMax <= 10;
  const hasOutage = plan.lost > 0 || plan.outages.some(({ component }) => component === "seen");
  const detects = !hasOutage && !isRedriven;
  for (const id of invariants.eventIds()) {
    const times = counted.get(id) ?? 0;
    if (times === 0) violated(`the event ${id} counts nothing in the usage`);
    if (times > 1 && detects) violated(`the event ${id} counts ${times} times in the usage`);
  }
};

/** I2: a healthy target receives its events soon, independent of other targets. */
const checkHealthy = ({ plan, start, invariants, violated }: SimulatedRegion): void => {
  const targets = plan.integrations.map(({ target }) => target);
  const attemptMsMax = Math.max(
    ...targets.flatMap(({ phases }) => phases.map(({ tookMs }) => tookMs)),
  );
  for (const { id, target } of plan.integrations) {
    if (!isHealthy(target)) continue;
    for (const { acceptedAt, waitedMs } of invariants.firstAttempts(id)) {
      const isKnown = acceptedAt > start + slowDetectionMsMax;
      const boundMs = healthyMsMax + (isKnown ? 0 : attemptMsMax);
      if (waitedMs > boundMs) violated(`${id} has a healthy target and waited ${waitedMs} ms`);
    }
  }
};

type OnAck = (topic: string, ids: string[]) => void;

const startPools = (region: SimulatedRegion, onAck: OnAck): void => {
  const { plan, queues } = region;
  const { batch } = plan;
  startWorkerPool(region, {
    ...{ name: "route", queue: queues.events, workers: plan.routeWorkers, batch },
    ...{
      timeoutSeconds: routeTimeoutSeconds,
      open: (worker: SimulatedWorker) => routeIn(region, worker, onAck),
    },
  });
  const delivering = { batch, timeoutSeconds: deliverTimeoutSeconds };
  const deliver = { ...delivering, open: (worker: SimulatedWorker) => deliverIn(region, worker) };
  const storeDeadLetters = {
    ...delivering,
    open: (worker: SimulatedWorker) => storeDeadLettersIn(region, worker),
  };
  startWorkerPool(region, {
    ...deliver,
    name: "deliver",
    queue: queues.deliveries,
    workers: plan.workers,
  });
  startWorkerPool(region, {
    ...deliver,
    name: "slow",
    queue: queues.slowLane,
    workers: plan.slowWorkers,
  });
  startWorkerPool(region, {
    ...storeDeadLetters,
    name: "storeDeadLetters",
    queue: queues.deliveryDeadLetters,
    workers: 1,
  });
};

interface Scheduled {
  readonly name: string;
  readonly timeoutSeconds: number;
  /** The time from which a run has something to do; earlier runs are skipped. */
  readonly neededAt: () => number | undefined;
  readonly run: (worker: SimulatedWorker) => Promise<unknown>;
}

/** Runs a function every minute, one run at a time. */
const every = (
  region: SimulatedRegion,
  { name, timeoutSeconds, neededAt, run }: Scheduled,
): void => {
  const { time, trace } = region;
  let armed = Number.POSITIVE_INFINITY;
  let cancel = (): void => {};
  const tick = async (): Promise<void> => {
    const worker = startWorker(name);
    const stop = time.at(time.now() + timeoutSeconds * 1_000, worker.kill);
    const failed = (error: Error) => trace(() => `${name}: ${error.message}`);
    await Promise.race([run(worker), worker.exited]).catch(failed);
    stop();
    // Its pending steps do not continue.
    worker.kill();
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
  region.schedules.push(arm);
};

/** When the first delivery of the table can be requeued. */
const firstDue = ({ rows }: SimulatedRegion): number | undefined => {
  const [first] = [...rows.rows.keys()].sort();
  return first === undefined ? undefined : Number(first.split("#")[0]) - requeueMinutes * minuteMs;
};

/**
 * Publishes the planned events. A device that asks for an acknowledgement repeats its event until
 * it receives one.
 */
const publishEvents = ({ plan, start, time, receive, invariants }: SimulatedRegion): OnAck => {
  const known = new Set<string>();
  const publish = async ({ key, ...event }: PlannedEvent): Promise<void> => {
    const topic = eventTopic({ ...event, ...(key !== undefined && { key }) });
    const isAcknowledged = () => known.has(`${ackTopic(event.device)} ${key}`);
    for (let times = 0; times < repeatsMax; times += 1) {
      receive(topic, Buffer.from("1"));
      if (key === undefined) return;
      await time.wait(repeatMs);
      if (isAcknowledged()) return;
    }
  };
  for (const event of plan.events) time.at(start + event.atMs, () => void publish(event));
  return (topic, ids) => {
    for (const key of ids) {
      const acknowledged = plan.events.find(
        (one) => one.key === key && ackTopic(one.device) === topic,
      );
      if (acknowledged !== undefined) invariants.acknowledged(idOf(acknowledged));
      known.add(`${topic} ${key}`);
    }
  };
};

const idOf = ({ fleet, device, name, key = "" }: PlannedEvent): string =>
  acceptEvent({ topic: eventTopic({ fleet, device, name, key }), receivedAt: 0, id: "", data: "" })!
    .event.id;
