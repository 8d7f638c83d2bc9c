import { once } from "node:events";
import { promisify } from "node:util";
import { parentPort, workerData } from "node:worker_threads";
import dynalite from "dynalite";
import * as z from "zod";

const { folder } = z.object({ folder: z.string().optional() }).parse(workerData);
// Without waits: a table is there as soon as it is asked for.
const waits = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };
const server = dynalite(folder === undefined ? waits : { ...waits, path: folder });

server.listen(0, "127.0.0.1");
await once(server, "listening");

parentPort?.once("message", () => {
  server.closeAllConnections();
  void promisify(server.close.bind(server))();
});
parentPort?.postMessage({ port: z.object({ port: z.number() }).parse(server.address()).port });
