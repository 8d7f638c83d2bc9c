import type { Failure } from "../failure.ts";

/**
 * What became of an attempt: it arrived; it may work later; it may work later, and the target gets too much now; the
 * target says that it is gone for good.
 */
export type Verdict = "delivered" | "failed" | "slowed" | "gone";

/** Answers of a target, or of what stands before it, that has more to do than it can. */
const slowed: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * What a target's status means for a delivery. Any refusal may be a mistake that its owner mends within the
 * schedule, so only 410 (Gone) ends a delivery at once.
 */
export const judge = (status: number): Verdict => {
  if (status >= 200 && status < 300) return "delivered";
  if (status === 410) return "gone";
  return slowed.has(status) ? "slowed" : "failed";
};

/** The same of a failure in place of a status: a target may say in words of its own that it gets too much. */
export const judgeFailure = ({ code }: Failure): Verdict =>
  code === "too_many_requests" ? "slowed" : "failed";
