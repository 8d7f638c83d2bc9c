import { s3FailedEvents } from "#shared/aws/failedEvents.ts";
import { openQueues, sqsEvents } from "#shared/aws/queues.ts";
import { env } from "#shared/env.ts";
import { recoverEvents } from "#shared/event/recoverEvents.ts";
import { recoverMarginMs, recoverTimeoutSeconds } from "#shared/limits.ts";
import { count } from "./edge/metrics.ts";

const names = env.recover.parse(process.env);
const failedEvents = s3FailedEvents(names.FAILED_EVENTS_BUCKET);
const events = sqsEvents(openQueues(), names.EVENTS_QUEUE_URL);

export const handler = async (): Promise<void> => {
  const deadline = Date.now() + recoverTimeoutSeconds * 1_000 - recoverMarginMs;
  const counted = await recoverEvents(deadline, { failedEvents, events, now: Date.now });
  count({
    FailedEventsFound: counted.found,
    FailedEventsRecovered: counted.recovered,
    FailedEventsUnreadable: counted.unreadable,
  });
};
