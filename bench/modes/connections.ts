import { execFile } from "node:child_process";
import { freemem } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import type { MqttClient } from "mqtt";
import { mapConcurrently } from "#shared/platform/mapConcurrently.ts";
import { connectDevice } from "../latency/publishers.ts";
import { type ConnectionsResult, connectionsSection } from "../report/connectionsSection.ts";
import { addDevices } from "../system/addDevices.ts";
import { stopLater } from "../system/cleanup.ts";
import { type CloudSystem, startCloud } from "../system/cloud.ts";
import type { Mode } from "./mode.ts";

/** The rate of connects stays below the quota of IoT Core. */
const connectingMax = 20;
/** Provisioning and connecting each end after this time, with fewer devices. */
const phaseMsMax = 480_000;
/** Memory of a client, a connection and a buffer of the system, by an estimate on the safe side. */
const memoryEach = 150_000;
/** Descriptors for everything except the connections. */
const spareDescriptors = 500;
const warmUpDevices = 20;
const settleMs = 10_000;

/** Connects devices that do nothing, as many as requested and as the machine allows. */
export const connections: Mode = async ({ connections: requested, seconds, place }, log) => {
  const { number, limit } = feasible(requested, {
    descriptors: await descriptorLimit(),
    freeBytes: freemem(),
  });
  if (limit !== undefined) log(limit);
  log("starting the cloud");
  const cloud = await startCloud([], place);
  log(`adding ${number} devices`);
  const { devices } = await addDevices(cloud, number, phaseMsMax);
  // The first connects start threads and warm up the JIT compilers.
  for (const one of devices.slice(0, warmUpDevices)) {
    const client = await connectDevice(cloud, one);
    await client.endAsync();
  }
  await wait(settleMs);
  const coresBefore = await coresDuring(cloud, seconds);
  const before = await cloud.usage();
  log(`connecting ${devices.length} devices`);
  const begun = performance.now();
  const clients: MqttClient[] = [];
  stopLater(async () => {
    for (const client of clients) client.end(true);
  });
  await mapConcurrently(devices, connectingMax, async (one) => {
    if (performance.now() - begun < phaseMsMax) clients.push(await connectDevice(cloud, one));
  });
  const secondsToConnect = (performance.now() - begun) / 1_000;
  await wait(settleMs);
  log("idle");
  const cores = await coresDuring(cloud, seconds);
  const after = await cloud.usage();
  const connected = clients.filter((client) => client.connected).length;
  const result: ConnectionsResult = {
    requested,
    connected,
    limit:
      limit ??
      (connected < requested ? "not all of them were added and connected in time" : undefined),
    coresBefore,
    cores,
    bytesEach: (after.memoryBytes - before.memoryBytes) / connected,
    secondsToConnect,
  };
  return { data: { connections: result }, sections: [connectionsSection(result)] };
};

/**
 * The number of connections that descriptors and memory allow, with the reason if it is smaller.
 */
export const feasible = (
  requested: number,
  { descriptors, freeBytes }: { descriptors: number; freeBytes: number },
): { number: number; limit: string | undefined } => {
  const byDescriptors = Math.max(0, descriptors - spareDescriptors);
  const byMemory = Math.floor(freeBytes / memoryEach);
  const number = Math.min(requested, byDescriptors, byMemory);
  if (number < 1) {
    throw new Error(`this machine cannot hold connections: ${descriptors} descriptors (ulimit -n)`);
  }
  if (number === requested) return { number, limit: undefined };
  const limit =
    number === byDescriptors
      ? `${descriptors} file descriptors permit ${number} connections (ulimit -n)`
      : `the free memory permits ${number} connections`;
  return { number, limit };
};

/** The hard limit: Node.js raises the soft limit to it. */
export const descriptorLimit = async (): Promise<number> => {
  const { stdout } = await promisify(execFile)("/bin/sh", ["-c", "ulimit -Hn"]);
  const text = stdout.trim();
  return text === "unlimited" ? Number.POSITIVE_INFINITY : Number(text);
};

export const coresDuring = async (cloud: CloudSystem, seconds: number): Promise<number> => {
  const [begun, before] = [performance.now(), await cloud.usage()];
  await wait(seconds * 1_000);
  const after = await cloud.usage();
  return (after.cpuMs - before.cpuMs) / (performance.now() - begun);
};
