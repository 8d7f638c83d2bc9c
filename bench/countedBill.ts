import { setTimeout as wait } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Arrivals } from "./arrivals.ts";
import { type Bill, billOf } from "./bill.ts";
import { type Counts, counts } from "./counts.ts";
import { type Load, measure } from "./measure.ts";
import type { Publishers } from "./publishers.ts";
import type { System } from "./system.ts";

/** Publishes for a while and works out what AWS would bill for it. */
export const countedBill = async (
  publishers: Publishers,
  arrivals: Arrivals,
  load: Load,
): Promise<Bill> => {
  await publishers.readyFor(load.rate);
  const before = await settledCounts(publishers.system);
  const { published } = await measure(publishers, arrivals, load);
  return billOf(before, await settledCounts(publishers.system), published);
};

const askEveryMs = 250;
const asksMax = 20;

/** The counts, once they have stopped: messages leave their queues a little after the last post. */
export const settledCounts = async ({ child }: System): Promise<Counts> => {
  let last = counts.parse(await child.ask("counts"));
  for (let asked = 0; asked < asksMax; asked += 1) {
    await wait(askEveryMs);
    const now = counts.parse(await child.ask("counts"));
    if (isDeepStrictEqual(now, last)) break;
    last = now;
  }
  return last;
};
