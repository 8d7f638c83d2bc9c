import * as z from "zod";

/** What a service's thread says first: where it listens. */
export const threadStarted = z.object({ port: z.number() });

/** What it is asked, and what it answers. */
export const threadAsked = z.object({ id: z.number(), message: z.unknown() });

export const threadAnswer = z.object({
  id: z.number(),
  /** Not there when the answer is nothing, and beside a failure. */
  answer: z.unknown().optional(),
  failure: z.string().optional(),
});

/** A line for the log of the cloud, which knows its format. */
export const threadLine = z.object({
  line: z.object({
    message: z.string(),
    fields: z.record(z.string(), z.unknown()).optional(),
    level: z.enum(["debug", "info", "warn", "error"]).optional(),
  }),
});
