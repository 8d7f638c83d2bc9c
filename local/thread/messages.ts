import * as z from "zod";

/** The first message of a service's thread: the port that it listens on. */
export const threadStarted = z.object({ port: z.number() });

/** A request of the main thread. */
export const threadRequest = z.object({ id: z.number(), message: z.unknown() });

export const threadAnswer = z.object({
  id: z.number(),
  /** Absent when the answer is `undefined`, and when the request failed. */
  answer: z.unknown().optional(),
  failure: z.string().optional(),
});

/** A log line, which the main thread formats and writes. */
export const threadLine = z.object({
  line: z.object({
    message: z.string(),
    fields: z.record(z.string(), z.unknown()).optional(),
    level: z.enum(["debug", "info", "warn", "error"]).optional(),
  }),
});
