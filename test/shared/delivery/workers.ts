import { deliver } from "#shared/delivery/deliver.ts";
import {
  type Delivery,
  type DeliveryQueue,
  firstDelivery,
  messageGroupOf,
} from "#shared/delivery/delivery.ts";
import { openLoopDetector } from "#shared/delivery/loopDetector.ts";
import { trackTargetHealth } from "#shared/delivery/trackTargetHealth.ts";
import type { Integration } from "#shared/integration/model/integration.ts";
import { integrationCache } from "#shared/integration/model/integrationCache.ts";
import { targetTokenCache } from "#shared/integration/request/targetTokenCache.ts";
import { Failure } from "#shared/platform/failure.ts";
import { queueBatchMax } from "#shared/platform/quotas.ts";
import { openAttemptLeases } from "#shared/resilience/attemptLeases.ts";
import { openCircuitBreaker } from "#shared/resilience/circuitBreaker.ts";
import type { TargetHealth } from "#shared/resilience/targetHealth.ts";
import { countBusyDevices } from "#shared/routing/busyDevices.ts";
import type { Post } from "#shared/target/target.ts";
import { memoryAuditLog } from "../../memory/audit/auditLog.ts";
import { memoryAttemptQuota } from "../../memory/delivery/attemptQuota.ts";
import { memoryDeadLetters } from "../../memory/delivery/deadLetters.ts";
import { memoryFirmwareVersions } from "../../memory/delivery/firmwareVersions.ts";
import { memoryIntegrations } from "../../memory/delivery/integrations.ts";
import { memoryTargetHealth } from "../../memory/delivery/targetHealth.ts";
import { memoryBroker } from "../../memory/platform/broker.ts";
import { anEvent, anIntegration, fleet, someTime } from "../../memory/samples.ts";
import { virtualTime } from "../../simulation/virtualTime.ts";

/** A target: its response time, whether it accepts the delivery, and its load. */
export interface SimulatedTarget {
  readonly name: string;
  readonly tookMs: number;
  readonly answer: 200 | "refused" | "hangs";
  readonly perSecond: number;
  /** The rate of one more device, whose deliveries are not counted. */
  readonly busyPerSecond?: number;
  /** It answers 503 for this time. */
  readonly downSeconds?: number;
  /** Its events end after this time. The default is the end of the simulation. */
  readonly publishSeconds?: number;
}

interface Simulation {
  readonly workers: number;
  /** Number of workers of the slow lane. */
  readonly slowWorkers: number;
  readonly seconds: number;
  /** The first second that is measured. */
  readonly from?: number;
  /** When a worker starts, in milliseconds. The default is 0 for every worker. */
  readonly startMs?: (worker: number) => number;
}

/** Results of a target's deliveries. */
interface Result {
  /** Time from event to arrival of each delivery, in milliseconds. */
  readonly latenciesMs: readonly number[];
  /** Maximum number of concurrent attempts. */
  readonly atOnceMax: number;
  /** When each attempt began, and when each successful one began, in milliseconds. */
  readonly attemptsMs: readonly number[];
  readonly arrivalsMs: readonly number[];
}

interface Counts extends Result {
  readonly latenciesMs: number[];
  readonly attemptsMs: number[];
  readonly arrivalsMs: number[];
  now: number;
  atOnceMax: number;
}

/**
 * Runs workers of the function `deliver`, each with its own memory and circuit breaker, on one
 * queue, in virtual time. Like Lambda, a worker processes a batch completely before it takes the
 * next. Like a fair queue, the queue prefers integrations with the fewest deliveries in flight.
 */
export const simulateWorkers = async (
  targets: readonly SimulatedTarget[],
  { workers, slowWorkers, seconds, from = 0, startMs = () => 0 }: Simulation,
): Promise<ReadonlyMap<string, Result>> => {
  const time = virtualTime(someTime);
  const countedFrom = someTime + from * 1_000;
  const chance = chances(1);
  const counts = new Map<string, Counts>(
    targets.map(({ name }) => [
      name,
      { latenciesMs: [], attemptsMs: [], arrivalsMs: [], now: 0, atOnceMax: 0 },
    ]),
  );
  const healthRecords = new Map<string, TargetHealth>();
  const stored = memoryIntegrations(targets.map(integrationOf), [], healthRecords);
  const queue = openQueue();
  const slowQueue = openQueue();
  const into = ({ put }: typeof queue): DeliveryQueue => ({
    async send(deliveries) {
      for (const one of deliveries) {
        void time.wait(one.notBefore - time.now()).then(() => put(one));
      }
      return new Map();
    },
  });
  const queued = into(queue);
  const post: Post = async ({ url }) => {
    const target = targets.find(({ name }) => url === urlOf(name))!;
    const count = counts.get(target.name)!;
    count.now += 1;
    const begun = time.now() - someTime;
    const isDown = begun < (target.downSeconds ?? 0) * 1_000;
    count.attemptsMs.push(begun);
    if (target.answer === 200 && !isDown) count.arrivalsMs.push(begun);
    if (time.now() >= countedFrom) count.atOnceMax = Math.max(count.atOnceMax, count.now);
    await time.wait(target.tookMs);
    count.now -= 1;
    if (isDown) return { status: 503, body: "" };
    if (target.answer === 200) return { status: 200, body: "" };
    throw new Failure(target.answer, { code: "target_unavailable" });
  };
  const onError = (_: string, error: unknown) => {
    throw error;
  };
  const quota = memoryAttemptQuota();
  const shared = {
    deliveries: queued,
    slowLane: into(slowQueue),
    later: (ms: number, what: () => void) => time.at(time.now() + ms, what),
    waiting: { keep: async (one: Delivery) => void (await queued.send([one], time.now())) },
    deadLetters: memoryDeadLetters(time.now),
    targetHealth: trackTargetHealth({
      integrations: stored,
      audit: memoryAuditLog(),
      healthRecords: memoryTargetHealth(healthRecords),
      broker: memoryBroker(),
      now: time.now,
      onError,
    }),
    post,
    token: targetTokenCache(time),
    versions: memoryFirmwareVersions(),
    responses: { publish: () => undefined },
    ledger: { recordOutcome: () => undefined, recordAttempt: () => undefined },
    now: time.now,
    chance,
    onError,
  };
  const work = async ({ take, done }: typeof queue, startsMs: number) => {
    await time.wait(startsMs);
    const integrations = integrationCache({
      integrations: stored,
      now: time.now,
      onStale: onError,
      onUnreadable: (_, error) => onError("", error),
    });
    const deps = {
      ...shared,
      integrations,
      circuitBreaker: openCircuitBreaker({ quota, onError }),
      slowedAttempts: openAttemptLeases(quota, (error) => onError("", error)),
      loopDetector: openLoopDetector(),
    };
    for (;;) {
      const batch = await take(queueBatchMax);
      await Promise.all(
        batch.map(async (one) => {
          const outcome = await deliver(one, deps);
          const { publishedAt } = one.event;
          if (outcome !== "delivered" || publishedAt < countedFrom) return;
          if (one.event.device === busyDevice) return;
          counts.get(one.integration)?.latenciesMs.push(time.now() - publishedAt);
        }),
      );
      done(batch);
    }
  };
  for (let i = 0; i < workers; i += 1) {
    void work(i < slowWorkers ? slowQueue : queue, startMs(i));
  }
  const publish = async (target: SimulatedTarget) => {
    for (let i = 0; i < target.perSecond * (target.publishSeconds ?? seconds); i += 1) {
      const event = anEvent({ id: `${target.name}-${i}`, publishedAt: time.now() });
      queue.put(firstDelivery(event, { id: target.name }, time.now()));
      await time.wait(1_000 / target.perSecond);
    }
  };
  const publishBusy = async ({ name, busyPerSecond = 0 }: SimulatedTarget) => {
    const count = countBusyDevices(time.now);
    for (let i = 0; i < busyPerSecond * seconds; i += 1) {
      const id = `${name}-busy-${i}`;
      const event = anEvent({ id, device: busyDevice, publishedAt: time.now() });
      const delivery = firstDelivery(event, { id: name }, time.now());
      queue.put(count(busyDevice, 1) ? { ...delivery, busy: true } : delivery);
      await time.wait(1_000 / busyPerSecond);
    }
  };
  for (const target of targets) {
    void publish(target);
    void publishBusy(target);
  }
  await time.run(someTime + seconds * 1_000);
  return counts;
};

const busyDevice = "f".repeat(24);

/** Reproducible random numbers from 0 to 1 (Lehmer's generator). */
const chances = (seed: number) => {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
};

const urlOf = (name: string): string => `https://${name}.example/`;

const integrationOf = ({ name }: SimulatedTarget): Integration =>
  anIntegration({ id: name, fleet, url: urlOf(name) });

/** A queue that is fair between message groups. */
const openQueue = () => {
  const ready = new Map<string, Delivery[]>();
  const underWay = new Map<string, number>();
  const idle: (() => void)[] = [];
  const next = (): Delivery | undefined => {
    const groups = [...ready].filter(([, waiting]) => waiting.length > 0);
    const load = (group: string) => underWay.get(group) ?? 0;
    const [least] = groups.sort(([a], [b]) => load(a) - load(b));
    const one = least?.[1].shift();
    if (one !== undefined) underWay.set(messageGroupOf(one), load(messageGroupOf(one)) + 1);
    return one;
  };
  return {
    put(one: Delivery): void {
      const group = ready.get(messageGroupOf(one)) ?? [];
      ready.set(messageGroupOf(one), group);
      group.push(one);
      idle.shift()?.();
    },
    async take(max: number): Promise<Delivery[]> {
      for (;;) {
        const batch: Delivery[] = [];
        for (let one = next(); one !== undefined; one = batch.length < max ? next() : undefined) {
          batch.push(one);
        }
        if (batch.length > 0) return batch;
        await new Promise<void>((resolve) => idle.push(resolve));
      }
    },
    done(batch: readonly Delivery[]): void {
      for (const group of batch.map(messageGroupOf)) {
        underWay.set(group, (underWay.get(group) ?? 0) - 1);
      }
    },
  };
};
