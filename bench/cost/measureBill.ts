import { setTimeout as wait } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Arrivals } from "../latency/arrivals.ts";
import { type Load, measure } from "../latency/measure.ts";
import type { Publishers } from "../latency/publishers.ts";
import type { System } from "../system/system.ts";
import { type Bill, monthlyBill } from "./bill.ts";
import { type Counts, counts } from "./counts.ts";

/** Publishes for a while and works out what AWS would bill for it. */
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

const askEveryMs = 250;
const asksMax = 20;

/** The counts, once they have stopped: messages leave their queues a little after the last post. */
export const stableCounts = async ({ child }: System): Promise<Counts> => {
  let last = counts.parse(await child.ask("counts"));
  for (let asked = 0; asked < asksMax; asked += 1) {
    await wait(askEveryMs);
    const now = counts.parse(await child.ask("counts"));
    if (isDeepStrictEqual(now, last)) break;
    last = now;
  }
  return last;
};
