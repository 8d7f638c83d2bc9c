/** What became of an attempt: it arrived; it may work later; the target says that it is gone for good. */
export type Verdict = "delivered" | "failed" | "gone";

/**
 * What a target's status means for a delivery. Any refusal may be a mistake that its owner mends within the
 * schedule, so only 410 (Gone) ends a delivery at once.
 */
export const judge = (status: number): Verdict => {
  if (status >= 200 && status < 300) return "delivered";
  return status === 410 ? "gone" : "failed";
};
