import { createServer } from "node:http";
import { createArrivals } from "../latency/arrivals.ts";
import { measure, warmUp } from "../latency/measure.ts";
import { pace } from "../latency/pace.ts";
import { openPublishers } from "../latency/publishers.ts";
import { isolationSection } from "../report/isolationSection.ts";
import { startCloud } from "../system/cloud.ts";
import { listen } from "../system/listen.ts";
import { eventName } from "../system/system.ts";
import { startTarget } from "../system/target.ts";
import type { Mode } from "./mode.ts";

const failing = ["hangs", "refused"] as const;
const onsetSeconds = 5;
/** Time in which the other targets get events before the end of the measurement. */
const tailSeconds = 3;

/** A healthy target alone, and beside a target that hangs and one that refuses connections. */
export const isolation: Mode = async (options, log) => {
  const { rate, "other-rate": otherRate, seconds } = options;
  const arrivals = createArrivals();
  const order: { run: number; seq: number; latencyMs: number }[] = [];
  const healthy = await startTarget({
    record(run, arrival) {
      arrivals.record(run, arrival);
      order.push({ run, ...arrival });
    },
  });
  const hangs = await listen(createServer(() => undefined));
  const refused = await listen(createServer(() => undefined));
  await refused.stop();
  const routes = [
    { event: eventName, url: healthy.url },
    { event: failing[0], url: hangs.url },
    { event: failing[1], url: refused.url },
  ];
  log("starting the cloud");
  const cloud = await startCloud(routes, options.place);
  const publishers = openPublishers(cloud);
  await measure(publishers, arrivals, warmUp);
  log("alone");
  const alone = await measure(publishers, arrivals, { rate, seconds });
  log("beside the failing targets");
  const others = openPublishers(cloud);
  await others.readyFor(otherRate);
  const load = { rate: otherRate, events: otherRate * (seconds + tailSeconds) };
  const running = pace(load, (seq) => {
    others.publish(`{"seq":${seq}}`, { event: failing[seq % failing.length] ?? failing[0] });
  });
  const beside = await measure(publishers, arrivals, { rate, seconds });
  await running;
  const isOnset = ({ seq }: { seq: number }): boolean => seq < onsetSeconds * rate;
  const seen = order.filter(({ run }) => run === beside.run);
  const result = {
    rate,
    otherRate,
    published: alone.published,
    alone: arrivals.round(alone.run, alone.published),
    beside: arrivals.round(beside.run, beside.published),
    onset: seen.filter(isOnset).map(({ latencyMs }) => latencyMs),
    afterOnset: seen.filter((one) => !isOnset(one)).map(({ latencyMs }) => latencyMs),
  };
  return { data: { isolation: result }, sections: [isolationSection(result)] };
};
