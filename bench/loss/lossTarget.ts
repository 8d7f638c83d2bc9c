import { createServer } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { eventData, readPayload } from "../latency/payload.ts";
import { listen } from "../system/listen.ts";
import { createDeliveryTracker, type DeliveryTracker } from "./deliveryTracker.ts";

/** A target with controllable failures that tracks arrivals. */
export interface LossTarget {
  readonly url: string;
  readonly tracker: DeliveryTracker;
  /** Answers 503 for a time. These requests do not count as arrived. */
  refuseFor(ms: number): Promise<void>;
  /** Reads requests completely and never answers them. They count as arrived. */
  hang(): void;
  /** Answers new requests again. Hanging requests stay unanswered. */
  recover(): void;
  stop(): Promise<void>;
}

/** Starts a target on a free port of 127.0.0.1. */
export const startLossTarget = async (): Promise<LossTarget> => {
  const tracker = createDeliveryTracker();
  let state: "answers" | "refuses" | "hangs" = "answers";
  const server = createServer(async (request, response) => {
    // An aborted request does not count as arrived.
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
