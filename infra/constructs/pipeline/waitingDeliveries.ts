import { AttributeType, Billing, type ITableV2, TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { Construct } from "constructs";
import { requeueMinutes, requeueTimeoutSeconds } from "../../../shared/delivery/limits.ts";
import { lateDeliveriesMinutesMax, pointInTimeDays } from "../../sizes.ts";
import { fn } from "../function/fn.ts";
import { functionMetric } from "../function/functionMetric.ts";
import { type Pages, sustained } from "../pages.ts";
import { protection } from "../protection.ts";
import { schedule } from "../schedule.ts";
import type { WorkQueue } from "../workQueue.ts";

interface WaitingDeliveriesOptions {
  /** The queues that due deliveries return to. */
  readonly deliveries: WorkQueue;
  /** The table of concurrency slots and leases. */
  readonly slots: ITableV2;
  /** Whether the table may be deleted. */
  readonly isUnprotected: boolean;
  readonly pages: Pages;
}

/**
 * Deliveries whose next attempt is later than a queue can delay: a table stores them, and `wake`
 * returns due ones to the queue.
 */
export class WaitingDeliveries extends Construct {
  readonly table: TableV2;

  constructor(
    scope: Construct,
    id: string,
    { deliveries, slots, isUnprotected, pages }: WaitingDeliveriesOptions,
  ) {
    super(scope, id);
    this.table = table(this, isUnprotected);
    const wake = fn(this, "requeue", {
      environment: {
        WAITING_TABLE: this.table.tableName,
        DELIVERIES_QUEUE_URL: deliveries.queue.queueUrl,
        DELIVERIES_DEAD_LETTERS_URL: deliveries.deadLetters.queueUrl,
        SLOTS_TABLE: slots.tableName,
      },
      timeoutSeconds: requeueTimeoutSeconds,
      pages,
    });
    this.table.grant(wake, "dynamodb:Query", "dynamodb:BatchWriteItem");
    deliveries.queue.grant(wake, "sqs:SendMessage");
    deliveries.deadLetters.grant(wake, "sqs:SendMessage");
    schedule(this, wake, {
      minutes: requeueMinutes,
      slots,
      description: "Queues waiting deliveries whose next attempt is due",
      stopped: {
        sentence: "The schedule that queues waiting deliveries does not run.",
        severity: "error",
        components: ["integrations"],
      },
      pages,
    });
    this.watch(pages);
  }

  private watch(pages: Pages): void {
    pages.when(this, "Late", {
      metric: functionMetric("requeue", "DeliveriesLate", { minutes: requeueMinutes }),
      severity: "error",
      components: ["integrations"],
      sentence: `Waiting deliveries have been late for ${lateDeliveriesMinutesMax} minutes.`,
      runbook: "waiting-deliveries-are-late",
      threshold: 1,
      ...sustained(lateDeliveriesMinutesMax / requeueMinutes),
    });
  }
}

/**
 * A waiting delivery is stored nowhere else, so the table has the same protection as the global
 * tables.
 */
const table = (scope: Construct, isUnprotected: boolean): TableV2 =>
  new TableV2(scope, "Table", {
    partitionKey: { name: "pk", type: AttributeType.STRING },
    sortKey: { name: "sk", type: AttributeType.STRING },
    billing: Billing.onDemand(),
    ...protection({ isUnprotected }),
    pointInTimeRecoverySpecification: {
      pointInTimeRecoveryEnabled: true,
      recoveryPeriodInDays: pointInTimeDays,
    },
  });
