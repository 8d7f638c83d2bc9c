import { MessagePort, workerData } from "node:worker_threads";
import * as z from "zod";
import { doorState } from "../fault/door.ts";
import { serveThread } from "../serveThread.ts";
import { stored } from "../state/counter.ts";
import { openDiskSpace } from "../state/diskSpace.ts";
import { openTally } from "../tally.ts";
import { replication } from "./replication/replicator.ts";
import { startTableServer } from "./tableServer.ts";

const { tally, space, ...options } = z
  .object({
    region: z.string(),
    credentials: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
    folder: z.string().optional(),
    stored: stored.optional(),
    tally: z.instanceof(SharedArrayBuffer),
    space: z.instanceof(SharedArrayBuffer),
  })
  .parse(workerData);

const asked = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("door"), state: doorState }),
  z.object({ kind: z.literal("connect"), region: z.string(), port: z.instanceof(MessagePort) }),
  z.object({ kind: z.literal("replicate"), table: z.string(), regions: z.array(z.string()) }),
  z.object({ kind: z.literal("replication"), replication }),
  z.object({ kind: z.literal("backlog") }),
  z.object({ kind: z.literal("wipe"), table: z.string() }),
]);

const server = await startTableServer({
  ...options,
  tally: openTally(tally),
  space: openDiskSpace(space),
});
serveThread({
  port: server.port,
  answer(message) {
    const told = asked.parse(message);
    switch (told.kind) {
      case "door":
        return server.setDoor(told.state);
      case "connect":
        return server.connect(told.region, told.port);
      case "replicate":
        return server.replicate(told.table, told.regions);
      case "replication":
        return server.setReplication(told.replication);
      case "backlog":
        return server.backlog();
      case "wipe":
        return server.wipe(told.table);
    }
  },
  answerThrown: server.answerThrown,
  stop: () => void server.stop(),
});
