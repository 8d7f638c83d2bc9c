import { setTimeout as wait } from "node:timers/promises";
import { pace } from "../latency/pace.ts";
import { writePayload } from "../latency/payload.ts";
import { openPublishers, type Publishers } from "../latency/publishers.ts";
import { eventName } from "../system/system.ts";
import type { DeliveryTracker, LossCounts } from "./deliveryTracker.ts";
import type { LossKind } from "./lossKinds.ts";
import { type LossTarget, startLossTarget } from "./lossTarget.ts";
import type { LossTest, LossTestContext } from "./lossTests.ts";

/** Result of a test for one system. */
export interface LossResult {
  readonly test: number;
  readonly system: string;
  readonly counts: LossCounts;
  /** Counts of the second target, in a test with two. */
  readonly other?: LossCounts;
  /** From the end of publishing to the last arrival. */
  readonly drainedMs: number;
}

/** Timeouts until all events are acknowledged, and then until all have arrived. */
const acknowledgedMsMax = 120_000;
const drainedMsMax = 1_800_000;
/** Time to wait for repeats after the last missing event has arrived. */
const repeatsMs = 10_000;
const pollMs = 100;

const otherEvent = "other";

/** Runs a test on a new system and counts the outcome of each acknowledged event. */
export const runLossTest = async (test: LossTest, kind: LossKind): Promise<LossResult> => {
  const [target, other] = [await startLossTarget(), await startLossTarget()];
  const stops = [target.stop, other.stop];
  try {
    const routes = [{ event: eventName, url: target.url }];
    if (test.hasTwoTargets) routes.push({ event: otherEvent, url: other.url });
    const subject = await kind.start(routes, test.descriptors);
    stops.push(subject.stop);
    const publishers = openPublishers(subject);
    stops.push(publishers.stop);
    const used: [string, LossTarget][] = [[eventName, target]];
    if (test.hasTwoTargets) used.push([otherEvent, other]);
    const publish: LossTestContext["publish"] = (load) => publishAll(publishers, used, load);
    await test.run({ subject, target, other, publish, wait });
    const trackers = used.map(([, { tracker }]) => tracker);
    const drainedMs = await waitUntilDrained(trackers, kind.quietMsMax);
    return {
      test: test.number,
      system: kind.name,
      counts: target.tracker.counts(),
      ...(test.hasTwoTargets ? { other: other.tracker.counts() } : {}),
      drainedMs,
    };
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
};

const publishAll = async (
  publishers: Publishers,
  targets: readonly [string, LossTarget][],
  { events, rate }: { events: number; rate: number },
): Promise<void> => {
  await publishers.readyFor(rate * targets.length);
  let acknowledged = 0;
  await pace({ events, rate }, (seq, at) => {
    for (const [event, { tracker }] of targets) {
      const onAcknowledged = () => {
        acknowledged += 1;
        tracker.recordAcknowledged(seq);
      };
      publishers.publish(writePayload({ run: 0, seq, at }), { event, onAcknowledged });
    }
  });
  const last = performance.now() + acknowledgedMsMax;
  while (acknowledged < events * targets.length && performance.now() < last) await wait(pollMs);
};

/** Waits until all events have arrived or arrivals stop. Returns the time of the last arrival. */
const waitUntilDrained = async (
  trackers: readonly DeliveryTracker[],
  quietMsMax: number,
): Promise<number> => {
  const arrivals = (): number => trackers.reduce((sum, tracker) => sum + tracker.arrivals(), 0);
  const missing = (): boolean => trackers.some((tracker) => tracker.counts().lost > 0);
  const begun = performance.now();
  let [seen, lastMs] = [arrivals(), begun];
  for (;;) {
    const now = performance.now();
    if (arrivals() > seen) [seen, lastMs] = [arrivals(), now];
    const quietMs = missing() ? quietMsMax : repeatsMs;
    if (now - lastMs >= quietMs || now - begun >= drainedMsMax) return lastMs - begun;
    await wait(pollMs);
  }
};
