import type { MessagePort } from "node:worker_threads";
import * as z from "zod";

/** The start of a service in a thread. */
export interface ServiceStart {
  readonly service: string;
  readonly data: object;
  /** For the messages of the service. */
  readonly port: MessagePort;
}

/** The first message of a service: the port that it listens on, or why it has not started. */
export const threadStarted = z.union([
  z.object({ port: z.number() }),
  // A copy of an error lacks its code.
  z.object({ error: z.instanceof(Error), code: z.unknown() }),
]);

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
