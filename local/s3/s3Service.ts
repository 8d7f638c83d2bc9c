import { MessagePort } from "node:worker_threads";
import * as z from "zod";
import { interceptorState } from "../fault/interceptor.ts";
import { openAccess } from "../iam/access.ts";
import { accessData } from "../iam/accessData.ts";
import { durability } from "../journal/durability.ts";
import { openUsageMeter } from "../platform/usageMeter.ts";
import { counterConfig } from "../state/changeCounter.ts";
import { openDiskSpace } from "../state/diskSpace.ts";
import type { StartService } from "../thread/serveThread.ts";
import { wireHandlers } from "../wire/openWire.ts";
import { serveWire } from "../wire/serveWire.ts";
import { startS3Server } from "./s3Server.ts";

const startData = z.object({
  region: z.string(),
  credentials: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
  folder: z.string().optional(),
  counterConfig: counterConfig.optional(),
  durability: durability.optional(),
  usageMeter: z.instanceof(SharedArrayBuffer),
  space: z.instanceof(SharedArrayBuffer),
});
const requests = z.union([
  z.object({ faults: interceptorState }),
  z.object({ wire: z.instanceof(MessagePort), roleKey: z.string().optional() }),
  z.object({ access: accessData }),
  z.object({ tls: z.object({ certificate: z.string(), privateKey: z.string() }) }),
]);

/** Starts S3 in this thread. */
export const startS3Service: StartService = async (data, log) => {
  const { usageMeter, space, ...options } = startData.parse(data);
  const access = openAccess();
  const server = await startS3Server({
    ...options,
    access,
    usageMeter: openUsageMeter(usageMeter),
    space: openDiskSpace(space),
    log,
  });
  const handlers = wireHandlers([server]);
  return {
    port: Number(new URL(server.url).port),
    answer(message) {
      const request = requests.parse(message);
      if ("faults" in request) server.setFaults(request.faults);
      else if ("access" in request) access.set(request.access);
      else if ("tls" in request) return server.listenTls(request.tls);
      else serveWire(request.wire, handlers, { roleKey: request.roleKey, log });
      return undefined;
    },
    stop: () => server.stop(),
  };
};
