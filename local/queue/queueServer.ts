import { buildApp } from "fauxqs";
import { S3Store } from "../../node_modules/fauxqs/dist/s3/s3Store.js";
import { SnsStore } from "../../node_modules/fauxqs/dist/sns/snsStore.js";
import { interceptRequests, type RequestInterceptor } from "../fault/interceptor.ts";
import { createAuthenticatedServer } from "../http/authenticatedServer.ts";
import { sendXmlError } from "../http/errorResponse.ts";
import { closeHttp, listenHttp } from "../http/httpServer.ts";
import { requireDiskSpace } from "../http/requireDiskSpace.ts";
import type { Credentials } from "../http/signature.ts";
import { openUsageMeter, type UsageMeter } from "../platform/usageMeter.ts";
import type { CounterConfig } from "../state/changeCounter.ts";
import { type DiskSpace, openDiskSpace } from "../state/diskSpace.ts";
import { threadLog } from "../thread/serveThread.ts";
import { durableStores } from "./durableStores.ts";
import { FairSqsStore, releaseMessages } from "./fairQueues.ts";
import { isReadRequest, meterRequest, needsDiskSpace } from "./queueRequest.ts";

export interface QueueServer {
  readonly port: number;
  failCurrentRequest(error: unknown): boolean;
  readonly interceptor: RequestInterceptor;
  /** Makes messages in flight visible, since their receivers no longer exist. */
  release(): Promise<void>;
  stop(): Promise<void>;
}

/** fauxqs's limit: a part of a multipart upload. */
const requestBytesMax = 11_534_336;

/**
 * Starts SQS, SNS and S3 in one server on a free port of 127.0.0.1, in memory or persisted in
 * `folder`.
 *
 * `startFauxqs` supports persistence but listens on all interfaces; `buildApp` does not listen but
 * has no persistence. Therefore the stores are assembled here.
 */
export const startQueueServer = async (options: {
  region: string;
  credentials: Credentials;
  folder?: string | undefined;
  counterConfig?: CounterConfig | undefined;
  usageMeter?: UsageMeter;
  space?: DiskSpace;
}): Promise<QueueServer> => {
  const { usageMeter = openUsageMeter(), space = openDiskSpace() } = options;
  const stores = { sqsStore: new FairSqsStore(), snsStore: new SnsStore(), s3Store: new S3Store() };
  // Without a host, queue URLs contain the host of the request.
  stores.sqsStore.host = "";
  const durable =
    options.folder === undefined
      ? undefined
      : durableStores(options.folder, stores, { counterConfig: options.counterConfig, space });
  const app = buildApp({ logger: false, defaultRegion: options.region, stores });
  app.addHook("preHandler", async ({ headers, body }) => {
    const target = String(headers["x-amz-target"]);
    if (target.startsWith("AmazonSQS.SendMessage")) stores.sqsStore.recordGroups(body);
  });
  if (durable !== undefined) {
    app.addHook("onSend", async (request) => {
      // While the disk is full, reads do not wait for the writes of other requests.
      if (!(space.isFull && isReadRequest(request))) await durable.committed();
    });
  }
  app.addHook("onSend", async ({ method, url, headers, body }, _reply, answer) => {
    const answerBytes = typeof answer === "string" ? Buffer.byteLength(answer) : 0;
    meterRequest(usageMeter, { method, url, headers, body, answerBytes });
  });
  await app.ready();
  const { server, failCurrentRequest } = createAuthenticatedServer(
    {
      signers: { ...options, services: ["sqs", "s3", "sns"] },
      bodyBytesMax: requestBytesMax,
      isJson: ({ headers }) =>
        headers["x-amz-target"] !== undefined ||
        String(headers["content-type"]).includes("amz-json"),
      sendError: sendXmlError,
      log: threadLog,
    },
    async (request, response) => {
      if (needsDiskSpace(request)) await requireDiskSpace(space);
      app.routing(request, response);
    },
  );
  const url = await listenHttp(server);
  const interceptor = interceptRequests(server, {
    region: options.region,
    serviceOf: ({ headers }) => (headers["x-amz-target"] === undefined ? "buckets" : "queues"),
  });
  return {
    port: Number(new URL(url).port),
    failCurrentRequest,
    interceptor,
    release: () => releaseMessages(stores.sqsStore),
    async stop() {
      // Ends pending receives, and thereby their requests.
      stores.sqsStore.shutdown();
      await closeHttp(server);
      await app.close();
      durable?.close();
    },
  };
};
