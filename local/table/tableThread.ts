import { MessagePort, workerData } from "node:worker_threads";
import * as z from "zod";
import { interceptorState } from "../fault/interceptor.ts";
import { openUsageMeter } from "../platform/usageMeter.ts";
import { counterConfig } from "../state/changeCounter.ts";
import { openDiskSpace } from "../state/diskSpace.ts";
import { serveThread } from "../thread/serveThread.ts";
import { replication } from "./replication/replicator.ts";
import { startTableServer } from "./tableServer.ts";

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

const requests = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("interceptor"), state: interceptorState }),
  z.object({ kind: z.literal("connect"), region: z.string(), port: z.instanceof(MessagePort) }),
  z.object({ kind: z.literal("replicate"), table: z.string(), regions: z.array(z.string()) }),
  z.object({ kind: z.literal("replication"), replication }),
  z.object({ kind: z.literal("backlog") }),
  z.object({ kind: z.literal("wipe"), table: z.string() }),
]);

const server = await startTableServer({
  ...options,
  usageMeter: openUsageMeter(usageMeter),
  space: openDiskSpace(space),
});
serveThread({
  port: server.port,
  answer(message) {
    const request = requests.parse(message);
    switch (request.kind) {
      case "interceptor":
        return server.setInterceptor(request.state);
      case "connect":
        return server.connect(request.region, request.port);
      case "replicate":
        return server.replicate(request.table, request.regions);
      case "replication":
        return server.setReplication(request.replication);
      case "backlog":
        return server.backlog();
      case "wipe":
        return server.wipe(request.table);
    }
  },
  failCurrentRequest: server.failCurrentRequest,
  stop: () => void server.stop(),
});
