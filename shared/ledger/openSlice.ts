import * as z from "zod/mini";

/** An open slice: one that has deliveries which are not over, or are missing. */
export const openSlice = z.object({
  /** From when its events were accepted, in milliseconds since 1970. */
  slice: z.number(),
  /** When it is to be looked at again, though nothing is heard. */
  next: z.optional(z.number()),
  overdue: z.number(),
  /** How many deliveries of each integration are missing. */
  missing: z.record(z.string(), z.number()),
  missingSince: z.optional(z.number()),
});

export type OpenSlice = z.output<typeof openSlice>;
