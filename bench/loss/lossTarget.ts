import { createServer } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { eventData, readPayload } from "../latency/payload.ts";
import { listen } from "../system/listen.ts";
import { createDeliveryTracker, type DeliveryTracker } from "./deliveryTracker.ts";

/** A target that can be made to fail, and keeps a ledger of what arrived at it. */
export interface LossTarget {
  readonly url: string;
  readonly tracker: DeliveryTracker;
  /** It answers 503 for so long. What it answers so has not arrived. */
  refuseFor(ms: number): Promise<void>;
  /** From now on it takes requests whole and never answers. They have arrived all the same. */
  hang(): void;
  /** It answers again. What it did not answer so far it never will. */
  recover(): void;
  stop(): Promise<void>;
}

export const startLossTarget = async (): Promise<LossTarget> => {
  const tracker = createDeliveryTracker();
  let state: "answers" | "refuses" | "hangs" = "answers";
  const server = createServer(async (request, response) => {
    // One that is broken off has not arrived.
    const body = await request.toArray().catch(() => undefined);
    if (body === undefined) return;
    if (state === "refuses") {
      response.writeHead(503).end();
      return;
    }
    tracker.recordArrival(readPayload(eventData(Buffer.concat(body).toString())).seq);
    if (state === "answers") response.end();
  });
  server.keepAliveTimeout = 60_000;
  return {
    ...(await listen(server)),
    tracker,
    async refuseFor(ms) {
      state = "refuses";
      await wait(ms);
      state = "answers";
    },
    hang() {
      state = "hangs";
    },
    recover() {
      state = "answers";
    },
  };
};
