import { setTimeout as wait } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Arrivals } from "./arrivals.ts";
import { type Bill, billOf } from "./bill.ts";
import { type Counts, counts } from "./counts.ts";
import { type Load, measure } from "./measure.ts";
import type { Publishers } from "./publishers.ts";

/** Publishes for a while and works out what AWS would bill for it. */
export const countedBill = async (
  publishers: Publishers,
  arrivals: Arrivals,
  load: Load,
): Promise<Bill> => {
  await publishers.readyFor(load.rate);
  const before = await settledCounts(publishers);
  const { published } = await measure(publishers, arrivals, load);
  return billOf(before, await settledCounts(publishers), published);
};

const askEveryMs = 250;
const asksMax = 20;

/** The counts, once they have stopped: messages leave their queues a little after the last post. */
const settledCounts = async ({ system }: Publishers): Promise<Counts> => {
  let last = counts.parse(await system.child.ask("counts"));
  for (let asked = 0; asked < asksMax; asked += 1) {
    await wait(askEveryMs);
    const now = counts.parse(await system.child.ask("counts"));
    if (isDeepStrictEqual(now, last)) break;
    last = now;
  }
  return last;
};
