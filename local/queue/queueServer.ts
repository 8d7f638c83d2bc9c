import { buildApp } from "fauxqs";
import { S3Store } from "../../node_modules/fauxqs/dist/s3/s3Store.js";
import { SnsStore } from "../../node_modules/fauxqs/dist/sns/snsStore.js";
import { type Door, putDoor } from "../fault/door.ts";
import { openTally, type Tally } from "../tally.ts";
import { countRequest } from "./countRequest.ts";
import { durableStores } from "./durableStores.ts";
import { FairStore } from "./fairStore.ts";
import { releaseMessages } from "./releaseMessages.ts";

export interface QueueServer {
  readonly port: number;
  readonly door: Door;
  /** Makes visible what is in flight: its receivers are no more. */
  release(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * SQS, SNS and S3 in one server on a free port of 127.0.0.1, in memory or kept in `folder`.
 *
 * fauxqs' own `startFauxqs` can keep its state but listens on all interfaces; its `buildApp` can be
 * told where to listen but not to keep its state. So the stores are put together here.
 */
export const startQueueServer = async (options: {
  region: string;
  folder?: string | undefined;
  tally?: Tally;
}): Promise<QueueServer> => {
  const { tally = openTally() } = options;
  const stores = { sqsStore: new FairStore(), snsStore: new SnsStore(), s3Store: new S3Store() };
  // Without a host of its own it puts the one that it was asked by into its queues' URLs.
  stores.sqsStore.host = "";
  const durable = options.folder === undefined ? undefined : durableStores(options.folder, stores);
  const app = buildApp({ logger: false, defaultRegion: options.region, stores });
  app.addHook("preHandler", async ({ headers, body }) => {
    const target = String(headers["x-amz-target"]);
    if (target.startsWith("AmazonSQS.SendMessage")) stores.sqsStore.hear(body);
  });
  if (durable !== undefined) {
    app.addHook("onSend", async () => {
      await durable.committed();
    });
  }
  app.addHook("onSend", async ({ method, url, headers, body }, _reply, answer) => {
    const answerBytes = typeof answer === "string" ? Buffer.byteLength(answer) : 0;
    countRequest(tally, { method, url, headers, body, answerBytes });
  });
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  const door = putDoor(app.server, {
    region: options.region,
    serviceOf: ({ headers }) => (headers["x-amz-target"] === undefined ? "buckets" : "queues"),
  });
  return {
    port: Number(new URL(url).port),
    door,
    release: () => releaseMessages(stores.sqsStore),
    async stop() {
      await app.close();
      durable?.close();
    },
  };
};
