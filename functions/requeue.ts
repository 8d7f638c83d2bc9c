import { dynamoWaitingDeliveries } from "#shared/aws/delivery/waitingDeliveries.ts";
import { openQueues, sqsDeliveries, sqsMalformedMessages } from "#shared/aws/event/queues.ts";
import { openTables } from "#shared/aws/platform/clients.ts";
import { requeueMarginMs, requeueTimeoutSeconds } from "#shared/delivery/limits.ts";
import { requeueWaiting } from "#shared/delivery/requeueWaiting.ts";
import { env } from "#shared/platform/env.ts";
import { count } from "./edge/metrics.ts";
import { singleRun } from "./edge/singleRun.ts";

const names = env.requeue.parse(process.env);
const queues = openQueues();
const deps = {
  waiting: dynamoWaitingDeliveries(openTables(), names.WAITING_TABLE),
  deliveries: sqsDeliveries(queues, names.DELIVERIES_QUEUE_URL),
  unreadable: sqsMalformedMessages(queues, names.DELIVERIES_DEAD_LETTERS_URL),
  now: Date.now,
};

const work = async (): Promise<void> => {
  const deadline = Date.now() + requeueTimeoutSeconds * 1_000 - requeueMarginMs;
  const { requeued, late, unreadable } = await requeueWaiting(deadline, deps);
  count({ DeliveriesRequeued: requeued, DeliveriesLate: late, DeliveriesUnreadable: unreadable });
};

/** Two concurrent runs would only queue a delivery twice. */
export const handler = singleRun(
  { name: "requeue", timeoutSeconds: requeueTimeoutSeconds, withoutLease: "run" },
  names,
  work,
);
