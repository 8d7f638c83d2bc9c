import { createArrivals } from "../latency/arrivals.ts";
import { openPublishers } from "../latency/publishers.ts";
import { measureStream } from "../latency/stream.ts";
import { streamSection } from "../report/ratesSection.ts";
import { startCloud } from "../system/cloud.ts";
import { eventName } from "../system/system.ts";
import { startTarget } from "../system/target.ts";
import type { Mode } from "./mode.ts";

/** The latency of an event stream. The events also go to a webhook. */
export const stream: Mode = async (options, log) => {
  const { url } = await startTarget(createArrivals());
  log("starting the cloud");
  const cloud = await startCloud([{ event: eventName, url }], options.place);
  const publishers = openPublishers(cloud);
  log("event stream");
  // The first round starts threads and warms up the JIT compilers.
  await measureStream(cloud.api, publishers, { ...options, seconds: 3, rounds: 1 });
  const measured = await measureStream(cloud.api, publishers, options);
  return { data: { stream: measured }, sections: [streamSection(measured)] };
};
