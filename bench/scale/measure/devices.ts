import { freemem } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import type { MqttClient } from "mqtt";
import { asError } from "#shared/platform/asError.ts";
import { mapConcurrently } from "#shared/platform/mapConcurrently.ts";
import { connectDevice } from "../../latency/publishers.ts";
import { coresDuring, descriptorLimit, feasible } from "../../modes/connections.ts";
import { addDevices } from "../../system/addDevices.ts";
import { stopLater } from "../../system/cleanup.ts";
import { startCloud } from "../../system/cloud.ts";
import type { Measure, Point } from "./scaleResult.ts";

/** Concurrent connects: their rate stays below the quota of IoT Core. */
const connectingMax = 20;
const settleMs = 5_000;
const idleSeconds = 20;
const warmUpDevices = 20;

const series = [
  { name: "added, each", unit: "ms", isPlotted: true },
  { name: "connected, each", unit: "ms", isPlotted: true },
  { name: "memory of the cloud, each", unit: "kB", isPlotted: true },
  { name: "idle cores of the cloud, of 1,000 devices", unit: "cores", isPlotted: false },
];

/** Connects more and more devices, which stay connected. */
export const measureDevices: Measure = async (numbers, { log, deadline }) => {
  const cloud = await startCloud([], "disk");
  const warm = await addDevices(cloud, warmUpDevices, settleMs);
  for (const one of warm.devices) await (await connectDevice(cloud, one)).endAsync();
  await wait(settleMs);
  const before = await cloud.usage();
  const clients: MqttClient[] = [];
  stopLater(async () => {
    for (const client of clients) client.end(true);
  });
  const points: Point[] = [];
  const reasons: string[] = [];
  const leftMs = (): number => Math.max(0, deadline - performance.now());
  for (const number of numbers) {
    const resources = { descriptors: await descriptorLimit(), freeBytes: freemem() };
    const { number: possible, limit } = feasible(number, resources);
    const wanted = possible - clients.length;
    if (limit !== undefined) reasons.push(limit);
    if (wanted <= 0 || leftMs() === 0) break;
    log(`adding ${wanted} devices`);
    const begun = performance.now();
    const { devices } = await addDevices(cloud, wanted, leftMs());
    const addedMs = performance.now() - begun;
    log(`connecting ${devices.length} devices`);
    const connecting = performance.now();
    const earlier = clients.length;
    let refused: Error | undefined;
    await mapConcurrently(devices, connectingMax, async (one) => {
      if (leftMs() === 0 || refused !== undefined) return;
      try {
        clients.push(await connectDevice(cloud, one));
      } catch (error) {
        // For example, the machine has no free ports.
        refused = asError(error);
      }
    });
    const connectedMs = performance.now() - connecting;
    await wait(settleMs);
    const cores = await coresDuring(cloud, idleSeconds);
    const after = await cloud.usage();
    const now = clients.length - earlier;
    points.push({
      number: clients.length,
      values: [
        addedMs / devices.length,
        connectedMs / now,
        (after.memoryBytes - before.memoryBytes) / clients.length / 1e3,
        (cores / clients.length) * 1e3,
      ],
    });
    if (now < wanted) {
      const why = refused === undefined ? "in time" : `because ${refused.message}`;
      reasons.push(`${number.toLocaleString("en-US")} devices were not connected ${why}`);
      break;
    }
  }
  return {
    of: "connected devices",
    series,
    points,
    note: [
      "The devices send nothing but a keep-alive every 60 s. Their clients share the two cores, so a connect contains the work of both sides.",
      ...reasons.map((reason) => `Limit: ${reason}.`),
    ].join(" "),
  };
};
