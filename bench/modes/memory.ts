import { setTimeout as wait } from "node:timers/promises";
import { createArrivals } from "../latency/arrivals.ts";
import { measure } from "../latency/measure.ts";
import { openPublishers } from "../latency/publishers.ts";
import { openStream } from "../latency/stream.ts";
import { type MemoryResult, memorySection } from "../report/memorySection.ts";
import { sampleUsage } from "../system/sampleUsage.ts";
import { eventName } from "../system/system.ts";
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
    if (system !== cloud) {
      results.push(result);
      continue;
    }
    const open = [];
    for (let i = 0; i < streams; i += 1) {
      open.push(await openStream(cloud.api, undefined, { agent: `bench-${i}` }));
    }
    await wait(settleMs);
    const opened = await system.usage();
    const bytesEach = (opened.memoryBytes - after.memoryBytes) / streams;
    const { threads } = opened;
    results.push({ ...result, streams: { number: streams, bytesEach, threads } });
    for (const one of open) await one.close();
  }
  return { data: { memory: results }, sections: [memorySection(results)] };
};
