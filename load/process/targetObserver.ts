import { createServer } from "node:http";
import { eventData, readPayload } from "../../bench/latency/payload.ts";
import { listen } from "../../bench/system/listen.ts";
import { placeOf } from "../lane.ts";
import type { Observer, Report } from "./observer.ts";
import type { TargetJob } from "./observerJob.ts";

const idleConnectionMs = 60_000;

/** A web server that answers at once, and reports the unit of each request. */
export const openTargetObserver = async (
  { port, unit, deviceIds }: TargetJob,
  report: Report,
): Promise<Observer> => {
  const places = new Map(
    deviceIds.flatMap((ids, lane) => ids.map((id, seq) => [id, { lane, seq }] as const)),
  );
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      response.end("ok");
      const body = Buffer.concat(chunks).toString();
      if (unit === "payload") {
        const { run, seq } = readPayload(eventData(body));
        const { lane, round } = placeOf(run);
        report(lane, seq, round);
        return;
      }
      const form = new URLSearchParams(body);
      const place = places.get(form.get("coreid") ?? "");
      if (place !== undefined && form.get("data") === "online") report(place.lane, place.seq);
    });
  });
  server.keepAliveTimeout = idleConnectionMs;
  return listen(server, port);
};
