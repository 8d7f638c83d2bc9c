import * as z from "zod";
import { readPayload } from "../../bench/latency/payload.ts";
import { openStream } from "../../bench/latency/stream.ts";
import { placeOf } from "../lane.ts";
import type { Observer, Report } from "./observer.ts";
import type { StreamJob } from "./observerJob.ts";

const frameData = z.object({ data: z.string() });

/** Reads the event stream of each lane, and reports the unit of each event. */
export const openStreamObserver = async (
  { event, accounts }: StreamJob,
  report: Report,
): Promise<Observer> => {
  const streams = await Promise.all(
    accounts.map(({ api, token, product }) =>
      openStream(
        { url: api, token },
        (frame) => {
          const json = /^data: (.*)$/m.exec(frame)?.[1];
          if (json === undefined) return;
          const { run, seq } = readPayload(frameData.parse(JSON.parse(json)).data);
          const { lane, round } = placeOf(run);
          report(lane, seq, round);
        },
        { agent: "load", path: `/v1/products/${product}/events/${event}` },
      ),
    ),
  );
  return {
    async stop() {
      await Promise.all(streams.map(({ close }) => close()));
    },
  };
};
