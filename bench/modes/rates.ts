import { createArrivals } from "../latency/arrivals.ts";
import { measureRates } from "../latency/rates.ts";
import { ratesSection } from "../report/ratesSection.ts";
import { baselineKind } from "../system/baseline.ts";
import { eventName } from "../system/system.ts";
import { startTarget } from "../system/target.ts";
import { type Mode, openWarmPublishers, startSystems } from "./mode.ts";

/** The main table: every system at every rate, in alternating rounds. */
export const rates: Mode = async (options, log) => {
  const arrivals = createArrivals();
  const { url } = await startTarget(arrivals);
  const { all } = await startSystems(options, [{ event: eventName, url }], log);
  const publishers = await openWarmPublishers(all, arrivals);
  log(`${options.rates.join(", ")} events per second`);
  const measured = await measureRates(publishers, arrivals, options);
  return { data: { rates: measured }, sections: [ratesSection(measured, baselineKind.name)] };
};
