import { workerData } from "node:worker_threads";
import * as z from "zod";
import { interceptorState } from "../fault/interceptor.ts";
import { openUsageMeter } from "../platform/usageMeter.ts";
import { counterConfig } from "../state/changeCounter.ts";
import { openDiskSpace } from "../state/diskSpace.ts";
import { serveThread } from "../thread/serveThread.ts";
import { startQueueServer } from "./queueServer.ts";

const { usageMeter, space, ...options } = z
  .object({
    region: z.string(),
    credentials: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
    folder: z.string().optional(),
    counterConfig: counterConfig.optional(),
    usageMeter: z.instanceof(SharedArrayBuffer),
    space: z.instanceof(SharedArrayBuffer),
  })
  .parse(workerData);
const requests = z.union([
  z.object({ interceptor: interceptorState }),
  z.object({ release: z.literal(true) }),
]);

const server = await startQueueServer({
  ...options,
  usageMeter: openUsageMeter(usageMeter),
  space: openDiskSpace(space),
});
serveThread({
  port: server.port,
  async answer(message) {
    const request = requests.parse(message);
    if ("interceptor" in request) server.interceptor.set(request.interceptor);
    else await server.release();
  },
  failCurrentRequest: server.failCurrentRequest,
  stop: () => void server.stop(),
});
