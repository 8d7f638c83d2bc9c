import { dynamoDeadLetters } from "#shared/aws/delivery/deadLetters.ts";
import { type BatchRecord, batchRecord } from "#shared/delivery/batchRecord.ts";
import { deadLetterDelivery } from "#shared/delivery/deadLetter.ts";
import { type Delivery, delivery } from "#shared/delivery/delivery.ts";
import { env } from "#shared/platform/env.ts";
import { Failure } from "#shared/platform/failure.ts";
import { openDeadLetters } from "./edge/globals.ts";
import { count } from "./edge/metrics.ts";
import { batch, each } from "./edge/queue/batch.ts";
import { recordSender } from "./edge/queue/recordSender.ts";

const names = env.storeDeadLetters.parse(process.env);
const now = Date.now;
const deadLetters = dynamoDeadLetters(openDeadLetters(names), names.DEAD_LETTERS_TABLE, now);
const record = recordSender(names.RECORDS_QUEUE_URL);

const buryOne = async (given: Delivery, ledger: BatchRecord): Promise<void> => {
  await deadLetterDelivery(given, { deadLetters, now });
  ledger.recordOutcome(given, "dead");
  count({ DeliveriesDeadLettered: 1 });
};

const run = async (deliveries: Delivery[]) => {
  const ledger = batchRecord({ now, wanted: () => false });
  const outcomes = await each((given: Delivery) => buryOne(given, ledger))(deliveries);
  await record(ledger.record());
  return outcomes;
};

/** A malformed message stays in the dead-letter queue, whose alarm is on: a person has to look. */
const unreadable = {
  put: async () => {
    throw new Failure("the message is not a delivery", { code: "invalid_request" });
  },
};

export const handler = batch(delivery, run, unreadable);
