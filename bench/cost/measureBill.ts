import { setTimeout as wait } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Arrivals } from "../latency/arrivals.ts";
import { type Load, measure } from "../latency/measure.ts";
import type { Publishers } from "../latency/publishers.ts";
import type { CloudSystem } from "../system/cloud.ts";
import { type Bill, monthlyBill } from "./bill.ts";
import type { Counts } from "./counts.ts";

/** Publishes at a rate and calculates the AWS bill. */
export const measureBill = async (
  cloud: CloudSystem,
  publishers: Publishers,
  arrivals: Arrivals,
  load: Load,
): Promise<Bill> => {
  await publishers.readyFor(load.rate);
  const before = await stableCounts(cloud);
  const { published } = await measure(publishers, arrivals, load);
  return monthlyBill(before, await stableCounts(cloud), published);
};

const pollMs = 250;
const pollsMax = 20;

/**
 * Reads the counts until they are stable: messages leave their queues shortly after the last POST.
 */
export const stableCounts = async (cloud: CloudSystem): Promise<Counts> => {
  let last = await cloud.counts();
  for (let polls = 0; polls < pollsMax; polls += 1) {
    await wait(pollMs);
    const now = await cloud.counts();
    if (isDeepStrictEqual(now, last)) break;
    last = now;
  }
  return last;
};
