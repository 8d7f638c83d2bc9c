import * as z from "zod";
import { startChild } from "../../bench/system/child.ts";
import { type ArrivedLane, arrivedLane } from "../books/arrivedLane.ts";
import { type SentLane, sentLane } from "../books/sentLane.ts";
import type { Schedule } from "../lane.ts";
import type { DriverJob } from "./driverJob.ts";
import type { ObserverJob } from "./observerJob.ts";

/** The process that sends. */
export interface Driver {
  start(jobs: readonly DriverJob[]): Promise<void>;
  /** Sends the units of a schedule. Resolves when the last one was due. */
  run(schedule: Schedule): Promise<void>;
  /** Units without an end. */
  open(): Promise<number>;
  lanes(): Promise<SentLane[]>;
  stop(): Promise<void>;
}

/** The process that receives. */
export interface ObserverHandle {
  /** Returns the URL of a target. */
  start(job: ObserverJob): Promise<string | undefined>;
  /** Opens the books of a schedule. */
  begin(schedule: Schedule): Promise<void>;
  /** Distinct units that have arrived. */
  distinct(): Promise<number>;
  lanes(): Promise<ArrivedLane[]>;
  stop(): Promise<void>;
}

/** Starts the process that sends. */
export const startDriver = (): Driver => {
  const child = startChild(new URL("driverProcess.ts", import.meta.url));
  return {
    start: async (jobs) => void (await child.ask("start", { jobs })),
    run: async (schedule) => void (await child.ask("run", schedule)),
    open: async () => z.number().parse(await child.ask("open")),
    lanes: async () => z.array(sentLane).parse(await child.ask("lanes")),
    stop: child.stop,
  };
};

const started = z.object({ url: z.string().optional() });

/** Starts the process that receives. */
export const startObserver = (): ObserverHandle => {
  const child = startChild(new URL("observerProcess.ts", import.meta.url));
  return {
    start: async (job) => started.parse(await child.ask("start", job)).url,
    begin: async (schedule) => void (await child.ask("begin", schedule)),
    distinct: async () => z.number().parse(await child.ask("distinct")),
    lanes: async () => z.array(arrivedLane).parse(await child.ask("lanes")),
    stop: child.stop,
  };
};
