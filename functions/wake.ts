import { dynamoWaitingDeliveries } from "#shared/aws/delivery/waitingDeliveries.ts";
import { openQueues, sqsDeliveries, sqsMalformedMessages } from "#shared/aws/event/queues.ts";
import { openTables } from "#shared/aws/platform/tables.ts";
import { wakeMarginMs, wakeTimeoutSeconds } from "#shared/delivery/limits.ts";
import { wakeDeliveries } from "#shared/delivery/wakeDeliveries.ts";
import { env } from "#shared/platform/env.ts";
import { count } from "./edge/metrics.ts";

const names = env.wake.parse(process.env);
const queues = openQueues();
const deps = {
  waiting: dynamoWaitingDeliveries(openTables(), names.WAITING_TABLE),
  deliveries: sqsDeliveries(queues, names.DELIVERIES_QUEUE_URL),
  unreadable: sqsMalformedMessages(queues, names.DELIVERIES_DEAD_LETTERS_URL),
  now: Date.now,
};

export const handler = async (): Promise<void> => {
  const deadline = Date.now() + wakeTimeoutSeconds * 1_000 - wakeMarginMs;
  const { woken, late, unreadable } = await wakeDeliveries(deadline, deps);
  count({ DeliveriesWoken: woken, DeliveriesLate: late, DeliveriesUnreadable: unreadable });
};
