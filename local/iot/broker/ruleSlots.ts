import { ruleRunsMax } from "../limits.ts";

/**
 * Limits the messages for which rules run at the same time, over all clients. Without it, all
 * messages of an overload would be at the queue at once: each attempt would time out and be
 * repeated, which is more load. The others wait here, in order, so their publishers get their
 * PUBACKs at the rate of the queue.
 */
export interface RuleSlots {
  /** Runs the work when a slot is free, and calls `settled` at its end. */
  run(work: () => Promise<void>, settled: (error?: unknown) => void): void;
}

interface Waiting {
  readonly work: () => Promise<void>;
  readonly settled: (error?: unknown) => void;
}

export const createRuleSlots = (max = ruleRunsMax): RuleSlots => {
  let running = 0;
  // A queue of two arrays: `shift` of a long array copies it.
  let due: Waiting[] = [];
  let late: Waiting[] = [];

  const next = (): Waiting | undefined => {
    if (due.length === 0) {
      due = late.reverse();
      late = [];
    }
    return due.pop();
  };

  const start = ({ work, settled }: Waiting): void => {
    running += 1;
    const end = (error?: unknown): void => {
      running -= 1;
      const following = next();
      if (following !== undefined) start(following);
      settled(error);
    };
    work().then(() => end(), end);
  };

  return {
    run(work, settled) {
      if (running < max) start({ work, settled });
      else late.push({ work, settled });
    },
  };
};
