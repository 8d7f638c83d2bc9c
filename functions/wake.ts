import { openQueues, sqsDeliveries, sqsUnreadable } from "#shared/aws/queues.ts";
import { openTables } from "#shared/aws/tables.ts";
import { dynamoWaitingDeliveries } from "#shared/aws/waitingDeliveries.ts";
import { env } from "#shared/env.ts";
import { wakeDeliveries } from "#shared/integration/wakeDeliveries.ts";
import { wakeMarginMs, wakeTimeoutSeconds } from "#shared/limits.ts";
import { count } from "./edge/metrics.ts";

const names = env.wake.parse(process.env);
const queues = openQueues();
const needs = {
  waiting: dynamoWaitingDeliveries(openTables(), names.WAITING_TABLE),
  deliveries: sqsDeliveries(queues, names.DELIVERIES_QUEUE_URL),
  unreadable: sqsUnreadable(queues, names.DELIVERIES_DEAD_LETTERS_URL),
  now: Date.now,
};

export const handler = async (): Promise<void> => {
  const deadline = Date.now() + wakeTimeoutSeconds * 1_000 - wakeMarginMs;
  const { woken, late, unreadable } = await wakeDeliveries(deadline, needs);
  count({ DeliveriesWoken: woken, DeliveriesLate: late, DeliveriesUnreadable: unreadable });
};
