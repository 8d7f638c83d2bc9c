import { access, writeFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { fileOf, servePeer, spawnWorker } from "./peerProcess.ts";

const options = z.object({
  redis: z.string(),
  worker: z.string(),
  routes: z.array(z.object({ event: z.string(), url: z.url() })),
  descriptors: z.int().optional(),
});

const redisStartMsMax = 10_000;

const waitForFile = async (file: string): Promise<void> => {
  const last = performance.now() + redisStartMsMax;
  const isThere = () =>
    access(file).then(
      () => true,
      () => false,
    );
  while (!(await isThere())) {
    if (performance.now() > last) throw new Error("Redis did not start");
    await wait(20);
  }
};

/**
 * Child process that runs a broker and Redis, and BullMQ's worker in a process that it can kill.
 */
await servePeer({
  async prepare(input, broker) {
    const { redis, worker, routes, descriptors } = options.parse(input);
    const socket = fileOf(broker, "redis.sock");
    const durable = ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""];
    const place = ["--port", "0", "--unixsocket", socket, "--dir", broker.folder];
    const server = spawnWorker(redis, [...place, ...durable], broker.folder);
    await waitForFile(socket);
    const { certificate: cert, privateKey: key } = await broker.authority.issueDevice();
    const config = { url: broker.mqtt, ca: broker.authority.caPem, cert, key };
    const file = fileOf(broker, "config.json");
    await writeFile(file, JSON.stringify({ ...config, redis: socket, routes }));
    return { args: [worker, file], descriptors, subscriptions: 1, servers: [server] };
  },
});
