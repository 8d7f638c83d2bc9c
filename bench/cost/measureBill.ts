import { setTimeout as wait } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Arrivals } from "../latency/arrivals.ts";
import { type Load, measure } from "../latency/measure.ts";
import type { Publishers } from "../latency/publishers.ts";
import type { System } from "../system/system.ts";
import { type Bill, monthlyBill } from "./bill.ts";
import { type Counts, counts } from "./counts.ts";

/** Publishes at a rate and calculates the AWS bill. */
export const measureBill = async (
  publishers: Publishers,
  arrivals: Arrivals,
  load: Load,
): Promise<Bill> => {
  await publishers.readyFor(load.rate);
  const before = await stableCounts(publishers.system);
  const { published } = await measure(publishers, arrivals, load);
  return monthlyBill(before, await stableCounts(publishers.system), published);
};

const pollMs = 250;
const pollsMax = 20;

/**
 * Reads the counts until they are stable: messages leave their queues shortly after the last POST.
 */
export const stableCounts = async ({ child }: System): Promise<Counts> => {
  let last = counts.parse(await child.ask("counts"));
  for (let polls = 0; polls < pollsMax; polls += 1) {
    await wait(pollMs);
    const now = counts.parse(await child.ask("counts"));
    if (isDeepStrictEqual(now, last)) break;
    last = now;
  }
  return last;
};
