import { Distribution } from "../../cloudwatch/distribution.ts";

/** Counts of a queue since the last collection of its metrics. */
export interface QueueCounts {
  sent: number;
  /** Sizes of the sent messages in bytes. */
  readonly sizes: Distribution;
  /** Receive requests. */
  receives: number;
  emptyReceives: number;
  received: number;
  /** Deletions with a valid receipt handle, also of a message that is already deleted. */
  deleted: number;
}

export const newQueueCounts = (): QueueCounts => ({
  sent: 0,
  sizes: new Distribution(),
  receives: 0,
  emptyReceives: 0,
  received: 0,
  deleted: 0,
});
