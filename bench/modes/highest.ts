import { createArrivals } from "../latency/arrivals.ts";
import { measureHighestRate } from "../latency/highestRate.ts";
import { highestSection } from "../report/ratesSection.ts";
import { eventName } from "../system/system.ts";
import { startTarget } from "../system/target.ts";
import { type Mode, openWarmPublishers, startSystems } from "./mode.ts";

/** Number of probes of a search. */
export const probesMax = 8;

/** Searches for the highest steady rate of each system, one after the other. */
export const highest: Mode = async (options, log) => {
  const arrivals = createArrivals();
  const { url } = await startTarget(arrivals);
  const { all } = await startSystems(options, [{ event: eventName, url }], log);
  const found = [];
  for (const publishers of await openWarmPublishers(all, arrivals)) {
    const system = publishers.system.name;
    log(`highest steady rate: ${system}`);
    const plan = { from: options.rate, seconds: options.seconds, probesMax };
    found.push({ system, ...(await measureHighestRate(publishers, arrivals, plan)) });
  }
  return { data: { highest: found }, sections: [highestSection(found)] };
};
