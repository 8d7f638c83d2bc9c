import { once } from "node:events";
import { promisify } from "node:util";
import { workerData } from "node:worker_threads";
import dynalite from "dynalite";
import * as z from "zod";
import { doorState, putDoor } from "../fault/door.ts";
import { serveThread } from "../serveThread.ts";
import { openTally } from "../tally.ts";
import { countRequest } from "./countRequest.ts";

const given = z
  .object({
    region: z.string(),
    folder: z.string().optional(),
    tally: z.instanceof(SharedArrayBuffer),
  })
  .parse(workerData);
const { region, folder } = given;
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
const door = putDoor(server, { region, serviceOf: () => "tables" });

server.listen(0, "127.0.0.1");
await once(server, "listening");

const asked = z.object({ door: doorState });

serveThread({
  port: z.object({ port: z.number() }).parse(server.address()).port,
  answer(message) {
    door.set(asked.parse(message).door);
  },
  stop() {
    server.closeAllConnections();
    void promisify(server.close.bind(server))();
  },
});
