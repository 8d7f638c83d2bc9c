import { parentPort, workerData } from "node:worker_threads";
import * as z from "zod";
import { openTally } from "../tally.ts";
import { startQueueServer } from "./queueServer.ts";

const { tally, ...options } = z
  .object({
    region: z.string(),
    folder: z.string().optional(),
    tally: z.instanceof(SharedArrayBuffer),
  })
  .parse(workerData);
const server = await startQueueServer({ ...options, tally: openTally(tally) });

parentPort?.once("message", () => void server.stop());
parentPort?.postMessage({ port: server.port });
