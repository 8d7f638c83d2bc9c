import * as z from "zod/mini";

const count = z.int().check(z.nonnegative());
const seconds = z.number().check(z.nonnegative());

/** A drill that was run, with its measured recovery. */
export const drillResult = z.object({
  /** The day, in UTC. */
  date: z.iso.date(),
  drill: z.string(),
  /** The failure that the drill injects, for readers. */
  failure: z.string(),
  /** Where it ran: one machine, or an AWS account. */
  place: z.enum(["one machine", "AWS"]),
  passed: z.boolean(),
  /** Recovery time objective: the allowed and the measured time; absent without such a promise. */
  allowedSeconds: z.optional(seconds),
  recoveredSeconds: z.optional(seconds),
  accepted: count,
  delivered: count,
  /** Recovery point: accepted events that were never delivered. */
  lost: count,
  /** The pages: the seconds until the first one; absent if the drill did not measure it. */
  pagedSeconds: z.optional(seconds),
});

export type DrillResult = z.output<typeof drillResult>;

export const drillResults = z.readonly(z.array(drillResult));
