import { setImmediate as turn } from "node:timers/promises";
import type { SqsStore } from "../../node_modules/fauxqs/dist/sqs/sqsStore.js";

/**
 * Makes visible what was given to receivers that are no more, and ends the waits of those: fauxqs does not see that
 * they have gone, and would give them what comes next. On AWS only the visibility time-out brings messages back.
 */
export const releaseMessages = async (store: SqsStore): Promise<void> => {
  for (const queue of store.allQueues()) queue.cancelWaiters();
  // Whoever waited looks once more before its answer gets lost.
  await turn();
  for (const queue of store.allQueues()) {
    for (const receipt of [...queue.inflightMessages.keys()]) queue.changeVisibility(receipt, 0);
  }
};
