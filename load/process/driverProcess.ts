import * as z from "zod";
import { pace } from "../../bench/latency/pace.ts";
import { serve } from "../../bench/system/serve.ts";
import { createSentRecord, type SentRecord } from "../books/sentLane.ts";
import { schedule } from "../lane.ts";
import { openConnectSender } from "./connectSender.ts";
import { type DriverJob, driverJob } from "./driverJob.ts";
import { openHelloSender } from "./helloSender.ts";
import { openJobsSender } from "./jobsSender.ts";
import { openPublishSender } from "./publishSender.ts";
import { openRequestSender } from "./requestSender.ts";
import type { Sender } from "./sender.ts";
import { toOwnTime } from "./sharedClock.ts";

/**
 * Child process that sends the units of all lanes at their due times, however long the cloud takes.
 * It measures nothing but when it sent a unit, and when and how it was answered.
 */
let senders: Sender[] = [];
let records: SentRecord[] = [];

const openSender = (job: z.output<typeof driverJob>): Sender | Promise<Sender> => {
  switch (job.kind) {
    case "publish":
      return openPublishSender(job);
    case "request":
      return openRequestSender(job);
    case "connect":
      return openConnectSender(job);
    case "hello":
      return openHelloSender(job);
    case "jobs":
      return openJobsSender(job);
  }
};

const stopSenders = async (): Promise<void> => {
  await Promise.all(senders.map(({ stop }) => stop()));
};

const jobs = z.object({ jobs: z.array(driverJob) });

/** The input of the action `start`. */
export interface DriverStart {
  readonly jobs: readonly DriverJob[];
}

const start = async (input: unknown): Promise<void> => {
  await stopSenders();
  senders = [];
  for (const job of jobs.parse(input).jobs) senders.push(await openSender(job));
};

/** Sends all units. Resolves when the last one was due. */
const run = async (input: unknown): Promise<void> => {
  const { beginAt, round, lanes } = schedule.parse(input);
  const begun = toOwnTime(beginAt);
  records = lanes.map(createSentRecord);
  await Promise.all(
    lanes.map(({ rate, count }, lane) =>
      pace({ events: count, rate, begun }, (seq, dueAt) => {
        const record = records[lane];
        const onSent = (): void => record?.recordSent(seq, performance.now() - dueAt);
        void senders[lane]?.send({ lane, round, seq, dueAt, onSent }).then((outcome) => {
          record?.recordDone(seq, performance.now() - dueAt, outcome);
        });
      }),
    ),
  );
};

serve(
  {
    start,
    run,
    open: () => records.reduce((sum, record) => sum + record.open(), 0),
    lanes: () => records.map((record) => record.lane()),
  },
  stopSenders,
);
