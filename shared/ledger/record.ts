import * as z from "zod/mini";
import { heard } from "../device/heard.ts";
import { attempt } from "./attempt.ts";
import { outcome } from "./outcome.ts";
import { plan } from "./plan.ts";

/** What a worker of the pipeline says of a batch: a message in the queue of records. */
export const record = z.object({
  /** The devices that the batch's events are from. */
  heard: z._default(z.array(heard), []),
  /** Where its events go. */
  plans: z._default(z.array(plan), []),
  /** What became of its deliveries. */
  outcomes: z._default(z.array(outcome), []),
  /** The attempts among them that are shown in full. */
  attempts: z._default(z.array(attempt), []),
});

export type Record = z.output<typeof record>;

/** The queue of what the pipeline's workers say of their batches. */
export interface Records {
  /** Answers why, for the index of each that the queue did not take. */
  send(records: readonly Record[]): Promise<ReadonlyMap<number, Error>>;
}
