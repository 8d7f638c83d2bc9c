import { once } from "node:events";
import { promisify } from "node:util";
import { parentPort, workerData } from "node:worker_threads";
import dynalite from "dynalite";
import * as z from "zod";
import { openTally } from "../tally.ts";
import { countRequest } from "./countRequest.ts";

const given = z
  .object({ folder: z.string().optional(), tally: z.instanceof(SharedArrayBuffer) })
  .parse(workerData);
const { folder } = given;
const tally = openTally(given.tally);
// Without waits: a table is there as soon as it is asked for.
const waits = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };
const server = dynalite(folder === undefined ? waits : { ...waits, path: folder });
server.on("request", ({ headers }, response) => {
  response.once("finish", () => {
    countRequest(tally, {
      target: String(headers["x-amz-target"]),
      requestBytes: Number(headers["content-length"] ?? 0),
      answerBytes: Number(response.getHeader("content-length") ?? 0),
    });
  });
});

server.listen(0, "127.0.0.1");
await once(server, "listening");

parentPort?.once("message", () => {
  server.closeAllConnections();
  void promisify(server.close.bind(server))();
});
parentPort?.postMessage({ port: z.object({ port: z.number() }).parse(server.address()).port });
