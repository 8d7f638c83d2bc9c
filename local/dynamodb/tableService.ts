import { MessagePort } from "node:worker_threads";
import * as z from "zod";
import { interceptorState } from "../fault/interceptor.ts";
import { type Access, openAccess } from "../iam/access.ts";
import { accessData } from "../iam/accessData.ts";
import { durability } from "../journal/durability.ts";
import type { Log } from "../platform/log.ts";
import { openUsageMeter } from "../platform/usageMeter.ts";
import { counterConfig } from "../state/changeCounter.ts";
import { openDiskSpace } from "../state/diskSpace.ts";
import type { StartService } from "../thread/serveThread.ts";
import { wireHandlers } from "../wire/openWire.ts";
import { serveWire } from "../wire/serveWire.ts";
import { replication } from "./replication/replicator.ts";
import { startTableServer, type TableServer } from "./tableServer.ts";

const startData = z.object({
  region: z.string(),
  credentials: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
  folder: z.string().optional(),
  durability: durability.optional(),
  counterConfig: counterConfig.optional(),
  usageMeter: z.instanceof(SharedArrayBuffer),
  space: z.instanceof(SharedArrayBuffer),
});

const requests = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("interceptor"), state: interceptorState }),
  z.object({ kind: z.literal("connect"), region: z.string(), port: z.instanceof(MessagePort) }),
  z.object({ kind: z.literal("access"), data: accessData }),
  z.object({
    kind: z.literal("wire"),
    port: z.instanceof(MessagePort),
    roleKey: z.string().optional(),
  }),
  z.object({ kind: z.literal("replicate"), table: z.string(), regions: z.array(z.string()) }),
  z.object({ kind: z.literal("replication"), replication }),
  z.object({ kind: z.literal("backlog") }),
  z.object({ kind: z.literal("metrics") }),
  z.object({ kind: z.literal("wipe"), table: z.string() }),
  z.object({ kind: z.literal("expire"), nowSeconds: z.number() }),
  z.object({
    kind: z.literal("request"),
    headers: z.record(z.string(), z.string()),
    body: z.string(),
  }),
]);

/** Starts DynamoDB in this thread. */
export const startTableService: StartService = async (data, log) => {
  const { usageMeter, space, ...options } = startData.parse(data);
  const access = openAccess();
  const server = await startTableServer({
    ...options,
    access,
    usageMeter: openUsageMeter(usageMeter),
    space: openDiskSpace(space),
    log,
  });
  return {
    port: Number(new URL(server.url).port),
    answer: answerer({ server, access, log }),
    stop: () => server.stop(),
  };
};

interface Answering {
  readonly server: TableServer;
  readonly access: Access;
  readonly log: Log;
}

const answerer = ({ server, access, log }: Answering) => {
  const handlers = wireHandlers([server]);
  return (message: unknown): unknown => {
    const request = requests.parse(message);
    switch (request.kind) {
      case "interceptor":
        return server.setInterceptor(request.state);
      case "connect":
        return server.connect(request.region, request.port);
      case "wire":
        return serveWire(request.port, handlers, { roleKey: request.roleKey, log });
      case "access":
        return access.set(request.data);
      case "replicate":
        return server.replicate(request.table, request.regions);
      case "replication":
        return server.setReplication(request.replication);
      case "metrics":
        return server.takeMetrics();
      case "backlog":
        return server.backlog();
      case "wipe":
        return server.wipe(request.table);
      case "expire":
        return server.deleteExpired(request.nowSeconds);
      case "request": {
        const { headers, body } = request;
        return server.handle({ method: "POST", url: "/", headers, body: Buffer.from(body) });
      }
    }
  };
};
