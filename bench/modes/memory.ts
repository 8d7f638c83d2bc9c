import { setTimeout as wait } from "node:timers/promises";
import { createArrivals } from "../latency/arrivals.ts";
import { measure } from "../latency/measure.ts";
import { openPublishers } from "../latency/publishers.ts";
import { openStream } from "../latency/stream.ts";
import type { Options } from "../options.ts";
import { type MemoryResult, memorySection } from "../report/memorySection.ts";
import { cloudKind } from "../system/cloud.ts";
import { sampleUsage } from "../system/sampleUsage.ts";
import { eventName, type Route } from "../system/system.ts";
import { startTarget } from "../system/target.ts";
import { type Mode, startSystems } from "./mode.ts";

/** Wait until the memory of the start, of a load or of opened streams is released. */
const settleMs = 5_000;

/** Memory when idle, under load, and per open event stream. */
export const memory: Mode = async ({ rate, seconds, streams, place }, log) => {
  const arrivals = createArrivals();
  const { url } = await startTarget(arrivals);
  const routes = [{ event: eventName, url }];
  const { cloud, all } = await startSystems({ place, peer: undefined }, routes, log);
  await wait(settleMs);
  const results: MemoryResult[] = [];
  for (const system of all) {
    log(`memory: ${system.name}`);
    const idle = await system.usage();
    const samples = sampleUsage(system);
    await measure(openPublishers(system), arrivals, { rate, seconds });
    const peak = samples.stop();
    await wait(settleMs);
    const after = await system.usage();
    const result = {
      system: system.name,
      idle,
      rate,
      loadedBytes: peak.memoryMaxBytes,
      loadedThreads: peak.threadsMax,
      after,
    };
    if (system !== cloud) results.push(result);
    else {
      // The next cloud uses the same folder, if one is given.
      await cloud.stop();
      log("memory: event streams");
      results.push({ ...result, streams: await measureStreams({ place, routes, streams }) });
    }
  }
  return { data: { memory: results }, sections: [memorySection(results)] };
};

/** The first streams start the thread of all, and the functions of their requests. */
const firstStreams = 5;
/** Time in which V8 collects the garbage of opening streams, which have a lifetime of 90 s. */
const streamsSettleMs = 15_000;

/** In a cloud without load: streams would use the memory that a load has left. */
const measureStreams = async ({
  place,
  routes,
  streams: number,
}: Pick<Options, "place" | "streams"> & { routes: readonly Route[] }): Promise<
  MemoryResult["streams"]
> => {
  const cloud = await cloudKind(place).start(routes);
  await wait(settleMs);
  const open: Awaited<ReturnType<typeof openStream>>[] = [];
  const openUpTo = async (count: number) => {
    while (open.length < count) {
      open.push(await openStream(cloud.api, undefined, { agent: `bench-${open.length}` }));
    }
    await wait(streamsSettleMs);
    return await cloud.usage();
  };
  const before = await openUpTo(firstStreams);
  const after = await openUpTo(firstStreams + number);
  for (const one of open) await one.close();
  await cloud.stop();
  const bytesEach = (after.memoryBytes - before.memoryBytes) / number;
  return { number, bytesEach, threads: after.threads };
};
