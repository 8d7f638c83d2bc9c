import { startRestartable } from "../../modes/restart.ts";
import type { Measure, Point } from "./scaleResult.ts";

const series = [
  { name: "ready", unit: "s", isPlotted: false },
  { name: "first delivery", unit: "s", isPlotted: false },
  { name: "all delivered", unit: "s", isPlotted: false },
  { name: "all delivered, each", unit: "ms", isPlotted: true },
  { name: "maximum memory", unit: "MB", isPlotted: true },
  { name: "lost", unit: "events", isPlotted: false },
];

/** Kills a cloud with more and more undelivered events, and starts it again. */
export const measureQueued: Measure = async (numbers, { log, deadline }) => {
  const { restartAfter } = await startRestartable("disk", log);
  const points: Point[] = [];
  for (const number of numbers) {
    if (performance.now() > deadline) break;
    const one = await restartAfter(number);
    const { allDeliveredMs: allMs } = one;
    points.push({
      number,
      values: [
        one.readyMs / 1e3,
        one.firstDeliveryMs / 1e3,
        allMs === undefined ? undefined : allMs / 1e3,
        allMs === undefined ? undefined : allMs / number,
        one.memoryMaxBytes / 1e6,
        one.lost,
      ],
    });
  }
  return {
    of: "undelivered events at kill -9",
    series,
    points,
    note: "Times run from the start of the process. The time of each event contains the start.",
  };
};
