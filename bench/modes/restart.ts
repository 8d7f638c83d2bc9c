import { setTimeout as wait } from "node:timers/promises";
import { openBoundedPublishers } from "../latency/boundedPublishers.ts";
import { pace } from "../latency/pace.ts";
import { writePayload } from "../latency/payload.ts";
import { openPublishers } from "../latency/publishers.ts";
import { createDeliveryTracker } from "../loss/deliveryTracker.ts";
import {
  type BacklogResult,
  type RestartResult,
  restartSections,
} from "../report/restartSections.ts";
import { median } from "../statistics.ts";
import { askControl, type CloudSystem, type StatePlace, startCloud } from "../system/cloud.ts";
import { sampleUsage } from "../system/sampleUsage.ts";
import { eventName } from "../system/system.ts";
import { startTarget } from "../system/target.ts";
import { type Mode, waitUntil } from "./mode.ts";

const publishRate = 2_000;
const acknowledgedMsMax = 300_000;
const firstDeliveryMsMax = 180_000;
/** Bound of the wait for all deliveries. */
const drainMsMax = 180_000;
const settleMs = 2_000;

/** Start to ready, and restarts after `kill -9` with undelivered events. */
export const restart: Mode = async ({ place, rounds, events, queued }, log) => {
  if (place === "memory") throw new Error("restart needs state on disk. Try --help.");
  log("first start");
  const { cloud, restartAfter } = await startRestartable(place, log);
  const firstMs = cloud.readyMs;
  const warm: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    log("warm start");
    await wait(settleMs);
    await cloud.kill();
    await cloud.restart();
    warm.push(cloud.readyMs);
  }
  const backlogs: BacklogResult[] = [];
  for (const number of [events, queued]) backlogs.push(await restartAfter(number));
  const result: RestartResult = { starts: { firstMs, warmMs: median(warm) }, backlogs };
  return { data: { restart: result }, sections: restartSections(result) };
};

/** Starts a cloud that can be killed with a number of undelivered events, repeatedly. */
export const startRestartable = async (place: StatePlace, log: (text: string) => void) => {
  const tracker = { current: createDeliveryTracker() };
  const target = await startTarget({
    record: (_, { seq }) => tracker.current.recordArrival(seq),
  });
  const cloud = await startCloud([{ event: eventName, url: target.url }], place);
  let publishers: Setup["publishers"] | undefined;
  return {
    cloud,
    async restartAfter(number: number): Promise<BacklogResult> {
      log(`kill -9 with ${number} undelivered events`);
      tracker.current = createDeliveryTracker();
      publishers ??= openBoundedPublishers(openPublishers(cloud), publishRate);
      return restartWith(number, { cloud, publishers, tracker: tracker.current });
    },
  };
};

interface Setup {
  readonly cloud: CloudSystem;
  readonly publishers: ReturnType<typeof openBoundedPublishers>;
  readonly tracker: ReturnType<typeof createDeliveryTracker>;
}

const restartWith = async (
  number: number,
  { cloud, publishers, tracker }: Setup,
): Promise<BacklogResult> => {
  await publishers.ready();
  // Without functions, acknowledged events stay in the queue. A restart starts the functions.
  await askControl(cloud.control, "POST", "/stop", { services: ["functions"] });
  let acknowledged = 0;
  const waiting: number[] = [];
  const offer = (seq: number): void => {
    const payload = writePayload({ run: 0, seq, at: performance.now() });
    const isSent = publishers.publish(payload, () => {
      acknowledged += 1;
      tracker.recordAcknowledged(seq);
    });
    if (!isSent) waiting.push(seq);
  };
  await pace({ events: number, rate: publishRate }, offer);
  const isAcknowledged = await waitUntil(() => {
    for (const seq of waiting.splice(0)) offer(seq);
    return acknowledged === number;
  }, acknowledgedMsMax);
  if (!isAcknowledged) throw new Error(`${number - acknowledged} events were not acknowledged`);
  await cloud.kill();
  const begun = performance.now();
  const ready = cloud.restart();
  const samples = sampleUsage(cloud);
  const hasFirst = waitUntil(() => tracker.arrivals() > 0, firstDeliveryMsMax);
  await ready;
  if (!(await hasFirst)) throw new Error("no event arrived after the restart");
  const firstDeliveryMs = performance.now() - begun;
  const { memoryMaxBytes: memoryAtFirstBytes } = samples.peak();
  const isDelivered = await waitUntil(
    () => tracker.arrivals() >= number && tracker.counts().lost === 0,
    drainMsMax,
  );
  const allDeliveredMs = isDelivered ? performance.now() - begun : undefined;
  await wait(settleMs);
  const { memoryMaxBytes } = samples.stop();
  const { lost, repeated } = tracker.counts();
  return {
    undelivered: number,
    readyMs: cloud.readyMs,
    firstDeliveryMs,
    allDeliveredMs,
    arrived: number - lost,
    lost: isDelivered ? lost : Number.NaN,
    repeated,
    memoryAtFirstBytes,
    memoryMaxBytes,
  };
};
