import { access, constants, copyFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startChild } from "../system/child.ts";
import { brokerAddress, type Subject, type SystemKind } from "../system/system.ts";
import { installPeer } from "./installPeer.ts";
import { peerSubject } from "./peerSubject.ts";

/** The measured versions. */
const packages = { bullmq: "6.7.0", ioredis: "5.11.1", mqtt: "5.16.0" };

const workerFile = "bullMqWorker.mjs";

/** Finds Redis and installs BullMQ. Rejects with a message that says how to install Redis. */
export const installBullMq = async (): Promise<{ redis: string; worker: string }> => {
  const redis = await findRedis(process.env.PATH ?? "");
  const folder = await installPeer("bullmq", packages);
  const worker = join(folder, workerFile);
  await copyFile(fileURLToPath(new URL(workerFile, import.meta.url)), worker);
  return { redis, worker };
};

/** Finds `redis-server` in the folders of a search path. */
export const findRedis = async (path: string): Promise<string> => {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, "redis-server");
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  throw new Error(
    "BullMQ needs Redis, and redis-server is not in PATH. Debian and Ubuntu: sudo apt-get install redis-server; macOS: brew install redis. The benchmark starts its own Redis on a socket.",
  );
};

/**
 * BullMQ with Redis (append-only file, written every second). Its worker acknowledges an event when
 * Redis has the job. `kill` ends the worker; the broker and Redis keep running.
 */
export const bullMq: SystemKind<Subject> = {
  name: "BullMQ",
  async start(routes, descriptors) {
    const installed = await installBullMq();
    const child = startChild("../peer/bullMqProcess.ts");
    try {
      const input = { ...installed, routes, descriptors };
      const { mqtt, ca } = brokerAddress.parse(await child.ask("start", input));
      return { name: "BullMQ", mqtt, ca, ...peerSubject(child) };
    } catch (error) {
      await child.stop();
      throw error;
    }
  },
};
