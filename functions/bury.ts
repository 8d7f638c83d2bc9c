import { dynamoDeadLetters } from "#shared/aws/deadLetters.ts";
import { env } from "#shared/env.ts";
import { Failure } from "#shared/failure.ts";
import { deadLetterOf } from "#shared/integration/deadLetter.ts";
import { type Delivery, delivery } from "#shared/integration/delivery.ts";
import { batch, each } from "./edge/batch.ts";
import { openRecords } from "./edge/globals.ts";
import { count } from "./edge/metrics.ts";

const names = env.bury.parse(process.env);
const deadLetters = dynamoDeadLetters(openRecords(names), names.DEAD_LETTERS_TABLE, Date.now);

/** What the deliver function itself could not handle, however often it was tried. */
const run = async (given: Delivery): Promise<void> => {
  const reason = given.reason ?? "it could not be tried";
  const text = `the worker failed each time it had this delivery; before that: ${reason}`;
  await deadLetters.bury(deadLetterOf(given, text, Date.now()));
  count({ DeliveriesBuried: 1 });
};

/** What is no delivery stays in the dead-letter queue, whose alarm is on: a person has to look. */
const unreadable = {
  put: async () => {
    throw new Failure("this is no delivery", { code: "invalid_request" });
  },
};

export const handler = batch(delivery, each(run), unreadable);
