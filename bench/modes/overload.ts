import { setTimeout as wait } from "node:timers/promises";
import { type Arrivals, createArrivals } from "../latency/arrivals.ts";
import { openBoundedPublishers } from "../latency/boundedPublishers.ts";
import { measureHighestRate } from "../latency/highestRate.ts";
import { pace } from "../latency/pace.ts";
import { writePayload } from "../latency/payload.ts";
import { openPublishers, type Publishers } from "../latency/publishers.ts";
import { rateMax } from "../limits.ts";
import { createDeliveryTracker } from "../loss/deliveryTracker.ts";
import { type OverloadResult, overloadSection } from "../report/overloadSection.ts";
import { sampleUsage } from "../system/sampleUsage.ts";
import { eventName } from "../system/system.ts";
import { startTarget } from "../system/target.ts";
import { probesMax } from "./highest.ts";
import { type Mode, openWarmPublishers, startSystems, waitUntil } from "./mode.ts";

/** Waits for the acknowledgements and the arrivals after the overload. */
const drainMsMax = 300_000;
/** Events that are missing this long after the last arrival are lost. */
const idleMsMax = 60_000;
/** Wait for repeats. */
const repeatsMs = 3_000;
const probeSeconds = 4;
const searchFrom = 200;

/** Offers each system twice its highest steady rate for a time, and watches its recovery. */
export const overload: Mode = async (options, log) => {
  const arrivals = createArrivals();
  const tracker = { current: createDeliveryTracker() };
  const target = await startTarget({
    record(run, arrival) {
      arrivals.record(run, arrival);
      if (run === overloadRun) tracker.current.recordArrival(arrival.seq);
    },
  });
  const { all } = await startSystems(options, [{ event: eventName, url: target.url }], log);
  const results: OverloadResult[] = [];
  for (const publishers of await openWarmPublishers(all, arrivals)) {
    const { name } = publishers.system;
    const highest = options.highest || (await search(publishers, arrivals, log));
    log(`overload: ${name}, twice ${highest}/s`);
    tracker.current = createDeliveryTracker();
    results.push(await overloadOne(publishers, tracker.current, { ...options, highest }));
  }
  return { data: { overload: results }, sections: [overloadSection(results)] };
};

/** Searches for the highest steady rate of a system. */
const search = async (
  publishers: Publishers,
  arrivals: Arrivals,
  log: (text: string) => void,
): Promise<number> => {
  log(`highest steady rate: ${publishers.system.name}`);
  const plan = { from: searchFrom, seconds: probeSeconds, probesMax };
  return (await measureHighestRate(publishers, arrivals, plan)).rate || searchFrom;
};

/** Round number of the events of an overload: beyond those of `createArrivals`. */
const overloadRun = 2_000_000;

const overloadOne = async (
  { system }: Publishers,
  tracker: ReturnType<typeof createDeliveryTracker>,
  { highest, seconds }: { highest: number; seconds: number },
): Promise<OverloadResult> => {
  const offered = Math.min(2 * highest, 2 * rateMax);
  const publishers = openBoundedPublishers(openPublishers(system), offered);
  await publishers.ready();
  const before = await system.usage();
  const samples = sampleUsage(system);
  let acknowledged = 0;
  const begun = performance.now();
  await pace({ events: offered * seconds, rate: offered }, (seq, at) => {
    publishers.publish(writePayload({ run: overloadRun, seq, at }), () => {
      acknowledged += 1;
      tracker.recordAcknowledged(seq);
    });
  });
  const tookSeconds = (performance.now() - begun) / 1_000;
  const acknowledgedPerSecond = acknowledged / tookSeconds;
  const arrivedPerSecond = tracker.arrivals() / tookSeconds;
  const backlog = Math.max(0, acknowledged - tracker.arrivals());
  const ended = performance.now();
  await waitUntil(() => publishers.inFlight() === 0, drainMsMax);
  const lastMs = await waitForArrivals(tracker);
  const peak = samples.stop();
  await publishers.stop();
  return {
    system: system.name,
    highest,
    offered,
    seconds,
    acknowledgedPerSecond,
    arrivedPerSecond,
    memoryBeforeBytes: before.memoryBytes,
    memoryMaxBytes: peak.memoryMaxBytes,
    threadsMax: peak.threadsMax,
    memoryAfterBytes: (await system.usage()).memoryBytes,
    backlog,
    drainMs: Math.max(0, lastMs - ended),
    ...tracker.counts(),
  };
};

/**
 * Waits for all acknowledged events, and then for repeats. Returns the time of the last arrival.
 */
const waitForArrivals = async (
  tracker: ReturnType<typeof createDeliveryTracker>,
): Promise<number> => {
  const begun = performance.now();
  let [seen, lastMs] = [tracker.arrivals(), begun];
  const isDrained = (): boolean => {
    const now = performance.now();
    if (tracker.arrivals() > seen) [seen, lastMs] = [tracker.arrivals(), now];
    return tracker.counts().lost === 0 || now - lastMs > idleMsMax;
  };
  while (!isDrained() && performance.now() - begun < drainMsMax) await wait(200);
  await wait(repeatsMs);
  return lastMs;
};
