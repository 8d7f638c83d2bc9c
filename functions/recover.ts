import { s3FailedEvents } from "#shared/aws/event/failedEvents.ts";
import { openQueues, sqsEvents } from "#shared/aws/event/queues.ts";
import { recoverMarginMs, recoverTimeoutSeconds } from "#shared/event/limits.ts";
import { recoverEvents } from "#shared/event/recoverEvents.ts";
import { env } from "#shared/platform/env.ts";
import { count } from "./edge/metrics.ts";
import { singleRun } from "./edge/singleRun.ts";

const names = env.recover.parse(process.env);
const queues = openQueues();
const recoveries = (
  [
    ["events", names.EVENTS_QUEUE_URL],
    ["presence", names.PRESENCE_QUEUE_URL],
    ["updates", names.UPDATES_QUEUE_URL],
  ] as const
).map(([kind, url]) => ({
  failedEvents: s3FailedEvents(names.FAILED_EVENTS_BUCKET, kind),
  events: sqsEvents(queues, url),
  now: Date.now,
}));

const work = async (): Promise<void> => {
  const deadline = Date.now() + recoverTimeoutSeconds * 1_000 - recoverMarginMs;
  for (const recovery of recoveries) {
    const counted = await recoverEvents(deadline, recovery);
    count({
      FailedEventsFound: counted.found,
      FailedEventsRecovered: counted.recovered,
      FailedEventsMalformed: counted.malformed,
    });
  }
};

/**
 * Two concurrent runs would only queue an event twice, and an outage of the table must not stop the
 * recovery.
 */
export const handler = singleRun(
  { name: "recover", timeoutSeconds: recoverTimeoutSeconds, withoutLease: "run" },
  names,
  work,
);
