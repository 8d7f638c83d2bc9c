import { setTimeout as wait } from "node:timers/promises";
import type * as z from "zod";
import { serve } from "../../bench/system/serve.ts";
import { type ArrivalRecord, createArrivalRecord } from "../books/arrivedLane.ts";
import { schedule } from "../lane.ts";
import { openCalleeObserver } from "./calleeObserver.ts";
import { openDeviceListObserver } from "./deviceListObserver.ts";
import { openLetterListObserver } from "./letterListObserver.ts";
import type { Observer, Report } from "./observer.ts";
import { observerJob } from "./observerJob.ts";
import { sharedNow } from "./sharedClock.ts";
import { openStreamObserver } from "./streamObserver.ts";
import { openTargetObserver } from "./targetObserver.ts";
import { openUsageObserver } from "./usageObserver.ts";

/**
 * Child process that receives what the cloud delivers, apart from the driver: it knows the
 * schedule, and measures each arrival from the due time of its unit.
 */
let observer: Observer | undefined;
let record: ArrivalRecord | undefined;
const lookMsMin = 50;
const lookMsMax = 500;
/** Looks take at most this part of the time. */
const lookShare = 1 / 5;

let current = 0;

const report: Report = (lane, seq, round = current) => {
  if (round === current) record?.record(lane, seq);
};

const open = (job: z.output<typeof observerJob>): Observer | Promise<Observer> => {
  switch (job.kind) {
    case "target":
      return openTargetObserver(job, report);
    case "stream":
      return openStreamObserver(job, report);
    case "callees":
      return openCalleeObserver(job, report);
    case "deviceList":
      return openDeviceListObserver(job, report);
    case "letterList":
      return openLetterListObserver(job, report);
    case "usage":
      return openUsageObserver(job, report);
  }
};

/** Looks repeatedly: what is not pushed is seen up to half a second later. */
const lookOn = async (of: Observer): Promise<void> => {
  while (observer === of) {
    const begun = performance.now();
    // A request can fail under load. The next look shows the same.
    if (record !== undefined) await of.look?.().catch(() => {});
    const tookMs = performance.now() - begun;
    await wait(Math.min(lookMsMax, Math.max(lookMsMin, tookMs / lookShare)));
  }
};

const stopObserver = async (): Promise<void> => {
  const stopped = observer;
  observer = undefined;
  await stopped?.stop();
};

serve(
  {
    async start(input) {
      await stopObserver();
      observer = await open(observerJob.parse(input));
      if (observer.look !== undefined) void lookOn(observer);
      return { url: observer.url };
    },
    begin(input) {
      const begun = schedule.parse(input);
      current = begun.round;
      record = createArrivalRecord(begun, sharedNow);
    },
    distinct: () => record?.distinct() ?? 0,
    lanes: () => record?.lanes() ?? [],
  },
  stopObserver,
);
