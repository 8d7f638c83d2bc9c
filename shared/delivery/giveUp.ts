import { type DeadLetters, deadLetterOf } from "./deadLetter.ts";

import type { Delivery } from "./delivery.ts";

/** Buries what the deliver function itself could not handle, however often it was tried. */
export const giveUp = async (
  given: Delivery,
  { deadLetters, now }: { deadLetters: Pick<DeadLetters, "bury">; now: () => number },
): Promise<void> => {
  const reason = given.reason ?? "it could not be tried";
  const text = `the worker failed each time it had this delivery; before that: ${reason}`;
  await deadLetters.bury(deadLetterOf(given, text, now()));
};
