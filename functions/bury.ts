import { dynamoDeadLetters } from "#shared/aws/deadLetters.ts";
import { env } from "#shared/env.ts";
import { Failure } from "#shared/failure.ts";
import { type Delivery, delivery } from "#shared/integration/delivery.ts";
import { giveUp } from "#shared/integration/giveUp.ts";
import { batch, each } from "./edge/batch.ts";
import { openRecords } from "./edge/globals.ts";
import { count } from "./edge/metrics.ts";

const names = env.bury.parse(process.env);
const now = Date.now;
const deadLetters = dynamoDeadLetters(openRecords(names), names.DEAD_LETTERS_TABLE, now);

const run = async (given: Delivery): Promise<void> => {
  await giveUp(given, { deadLetters, now });
  count({ DeliveriesBuried: 1 });
};

/** What is no delivery stays in the dead-letter queue, whose alarm is on: a person has to look. */
const unreadable = {
  put: async () => {
    throw new Failure("this is no delivery", { code: "invalid_request" });
  },
};

export const handler = batch(delivery, each(run), unreadable);
