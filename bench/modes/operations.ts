import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { mapConcurrently } from "#shared/platform/mapConcurrently.ts";
import { connectDevice } from "../latency/publishers.ts";
import { type OperationResult, operationsSection } from "../report/operationsSection.ts";
import { addWebhook } from "../system/api.ts";
import { baselineKind } from "../system/baseline.ts";
import { type CloudSystem, startCloud } from "../system/cloud.ts";
import type { System } from "../system/system.ts";
import type { Mode } from "./mode.ts";

/** Time over which the idle system is measured. */
const idleMs = 5_000;
/** Time after the operations in which their consequences are processed. */
const settleMs = 3_000;
/**
 * The seconds of a minute in which a measurement may begin: scheduled functions run at the start of
 * each minute, and their time does not belong to an operation.
 */
const beginsAfterSecond = 8;
const beginsBeforeSecond = 30;
/** Operations that run concurrently. */
const concurrency = 4;
/** Integrations of a product. A fleet may have twice as many. */
const integrationsEach = 50;

/** Processor time of a connect and disconnect, and of an API call that creates an integration. */
export const operations: Mode = async ({ times, place }, log) => {
  log("starting the systems");
  const cloud = await startCloud([], place);
  const baseline = await baselineKind.start([]);
  const results: OperationResult[] = [];
  const measureTimes = async (
    system: System,
    operation: string,
    act: (number: number) => Promise<unknown>,
  ): Promise<void> => {
    log(`${operation}: ${system.name}`);
    const numbers = Array.from({ length: times }, (_, i) => i);
    // The first operations start threads, and V8 compiles their code: as many again are measured.
    await mapConcurrently(numbers, concurrency, (i) => act(times + i));
    await wait(settleMs);
    await wait(msUntilQuiet(Date.now()));
    const idleCpuMsPerSecond = (await cpuDuring(system, () => wait(idleMs))) / (idleMs / 1_000);
    const begun = performance.now();
    const used = await cpuDuring(system, async () => {
      await mapConcurrently(numbers, concurrency, act);
      await wait(settleMs);
    });
    const idle = idleCpuMsPerSecond * ((performance.now() - begun) / 1_000);
    const cpuMs = Math.max(0, used - idle) / times;
    results.push({ system: system.name, operation, times, cpuMs, idleCpuMsPerSecond });
  };
  for (const system of [cloud, baseline]) {
    const device = await system.addDevice(`operations-${process.pid}`);
    let last = Promise.resolve();
    await measureTimes(system, "connect and disconnect of a device", () => {
      // One device, so that no connect replaces another connection.
      last = last.then(async () => {
        const client = await connectDevice(system, device);
        await client.endAsync();
      });
      return last;
    });
  }
  const url = "http://127.0.0.1:9/";
  const products = await addProducts(cloud, Math.ceil((2 * times) / integrationsEach));
  await measureTimes(cloud, "API call that creates an integration", (number) => {
    const product = products[number % products.length];
    return addWebhook(cloud.api, { event: `operation${number}`, url, product });
  });
  return { data: { operations: results }, sections: [operationsSection(results)] };
};

const added = z.object({ id: z.number() });

/** Adds products of the demo user and returns their ids. */
const addProducts = async (
  { admin, username }: CloudSystem,
  number: number,
): Promise<readonly number[]> =>
  await mapConcurrently(Array(number).keys(), concurrency, async (i) => {
    const product = { name: `Operations ${i}` };
    return added.parse(await admin({ addProduct: { username, product } })).id;
  });

/** Time until the schedules of a minute have run and those of the next one are far. */
const msUntilQuiet = (now: number): number => {
  const second = (now / 1_000) % 60;
  if (second < beginsAfterSecond) return (beginsAfterSecond - second) * 1_000;
  return second < beginsBeforeSecond ? 0 : (60 - second + beginsAfterSecond) * 1_000;
};

const cpuDuring = async (system: System, work: () => Promise<unknown>): Promise<number> => {
  const before = await system.usage();
  await work();
  return (await system.usage()).cpuMs - before.cpuMs;
};
