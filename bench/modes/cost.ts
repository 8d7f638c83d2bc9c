import { measureBundles } from "../bundles.ts";
import { measureBill } from "../cost/measureBill.ts";
import { createArrivals } from "../latency/arrivals.ts";
import { measure, warmUp } from "../latency/measure.ts";
import { openPublishers } from "../latency/publishers.ts";
import { rateMax } from "../limits.ts";
import { billSection, bundleSection } from "../report/costSections.ts";
import { startCloud } from "../system/cloud.ts";
import { eventName } from "../system/system.ts";
import { startTarget } from "../system/target.ts";
import type { Mode } from "./mode.ts";

const importsOf = { quick: 1, thorough: 7 };
/** Exceeds the capacity of the cloud, so that batches are full. */
const burst = { rate: rateMax, seconds: 2 };
/** A response with a body becomes a response event, which `npm run cost` adds with an option. */
const noBody = "";
const basicIngest = "$aws/rules/godwit_events/";

/** The bill on AWS, and the sizes and import times of the bundles. */
export const cost: Mode = async ({ rate, seconds, rounds, place }, log) => {
  log("bundles");
  const bundles = await measureBundles(rounds === 1 ? importsOf.quick : importsOf.thorough);
  const arrivals = createArrivals();
  const { url } = await startTarget(arrivals, noBody);
  log("starting the cloud");
  const cloud = await startCloud([{ event: eventName, url }], place);
  const publishers = openPublishers(cloud);
  await measure(publishers, arrivals, warmUp);
  log("cost");
  const prefix = basicIngest;
  const live = await measureBill(cloud, publishers, arrivals, { rate, seconds });
  const quiet = await measureBill(cloud, publishers, arrivals, { rate, seconds, prefix });
  const full = await measureBill(cloud, publishers, arrivals, { ...burst, prefix });
  const bills = { live, quiet, full };
  return { data: { bills, bundles }, sections: [billSection(bills), bundleSection(bundles)] };
};
