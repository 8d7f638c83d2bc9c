import { workerData } from "node:worker_threads";
import * as z from "zod";
import { doorState } from "../fault/door.ts";
import { serveThread } from "../serveThread.ts";
import { stored } from "../state/counter.ts";
import { openDiskSpace } from "../state/diskSpace.ts";
import { openTally } from "../tally.ts";
import { startQueueServer } from "./queueServer.ts";

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
const asked = z.union([z.object({ door: doorState }), z.object({ release: z.literal(true) })]);

const server = await startQueueServer({
  ...options,
  tally: openTally(tally),
  space: openDiskSpace(space),
});
serveThread({
  port: server.port,
  async answer(message) {
    const told = asked.parse(message);
    if ("door" in told) server.door.set(told.door);
    else await server.release();
  },
  answerThrown: server.answerThrown,
  stop: () => void server.stop(),
});
