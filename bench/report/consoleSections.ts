import type { Frames } from "../console/frames.ts";
import type { ConsoleResult } from "../console/measureConsole.ts";
import { percentile } from "../statistics.ts";
import type { Section } from "./section.ts";
import { count, ms } from "./units.ts";

const kb = (bytes: number): string => (bytes / 1_000).toFixed(0);
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

/** The console in a browser: frames, memory, first load. */
export const consoleSections = (one: ConsoleResult): Section[] => {
  const row = (name: string, frames: Frames): string[] => [
    name,
    count(frames.count),
    ms(frames.p50),
    ms(frames.p95),
    ms(frames.p99),
    ms(frames.max),
    `${(frames.slow * 100).toFixed(2)} %`,
  ];
  const [start = 0, ...later] = one.heapBytes;
  const end = later.at(-1) ?? start;
  return [
    {
      headings: ["Screen", "frames", "p50 ms", "p95 ms", "p99 ms", "max ms", "over 50 ms"],
      rows: [
        row(`live events, ${count(one.rate)} a second for ${one.seconds} s`, one.events),
        row(`list of ${count(one.devices)} devices, ${one.pageMs.length} pages`, one.list),
      ],
      note: `The page counted ${count(one.eventsSeen)} of ${count(one.eventsPublished)} events. A page of devices was shown after ${ms(percentile(one.pageMs, 0.5))} ms (median), the slowest after ${ms(Math.max(0, ...one.pageMs))} ms.`,
    },
    {
      headings: ["Memory and first load", "value"],
      rows: [
        [
          "heap after garbage collection, MB: start, halfway, end",
          one.heapBytes.map(megabytes).join(", "),
        ],
        ["growth, MB", megabytes(end - start)],
        ["first load, kB", `${kb(one.firstLoadBytes)} in ${one.firstLoadRequests} requests`],
      ],
    },
  ];
};
