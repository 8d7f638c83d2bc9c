import type { Section } from "./section.ts";
import { count, mb, seconds } from "./units.ts";

/** Starts without undelivered events. */
export interface StartResult {
  /** From `npm start` with a new folder to the ready line. */
  readonly firstMs: number;
  /** Later starts with the same folder: the median. */
  readonly warmMs: number;
}

/** A restart after `kill -9` with undelivered events. Times run from the start of the process. */
export interface BacklogResult {
  readonly undelivered: number;
  readonly readyMs: number;
  readonly firstDeliveryMs: number;
  /** `undefined` if not all events arrived in time. */
  readonly allDeliveredMs: number | undefined;
  readonly arrived: number;
  readonly lost: number;
  readonly repeated: number;
  /** Maximum until the first delivery, and until the last one. */
  readonly memoryAtFirstBytes: number;
  readonly memoryMaxBytes: number;
}

/** Result of all starts and restarts. */
export interface RestartResult {
  readonly starts: StartResult;
  readonly backlogs: readonly BacklogResult[];
}

/** Times of the starts, and of the restarts with undelivered events. */
export const restartSections = ({ starts, backlogs }: RestartResult): Section[] => [
  {
    headings: ["npm start to ready", "s"],
    rows: [
      ["first start in a new folder", seconds(starts.firstMs)],
      ["later starts, median", seconds(starts.warmMs)],
    ],
    note: "Later starts follow a SIGKILL. Only the first start after a change of the code synthesizes the templates.",
  },
  {
    headings: [
      "kill -9 with undelivered events",
      "ready s",
      "first delivery s",
      "all delivered s",
      "memory MB at first / maximum",
      "lost",
      "twice",
    ],
    rows: backlogs.map((one) => [
      count(one.undelivered),
      seconds(one.readyMs),
      seconds(one.firstDeliveryMs),
      one.allDeliveredMs === undefined
        ? `${count(one.arrived)} arrived`
        : seconds(one.allDeliveredMs),
      `${mb(one.memoryAtFirstBytes)} / ${mb(one.memoryMaxBytes)}`,
      one.allDeliveredMs === undefined ? "" : count(one.lost),
      count(one.repeated),
    ]),
    note: "The functions are stopped while the events are published, so that all of them are in the queue at the kill. Times run from the start of the process. The wait for all deliveries is bounded.",
  },
];
