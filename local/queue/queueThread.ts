import { parentPort, workerData } from "node:worker_threads";
import * as z from "zod";
import { startQueueServer } from "./queueServer.ts";

const options = z.object({ region: z.string(), folder: z.string().optional() }).parse(workerData);
const server = await startQueueServer(options);

parentPort?.once("message", () => void server.stop());
parentPort?.postMessage({ port: server.port });
