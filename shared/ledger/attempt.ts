import * as z from "zod/mini";

/** One attempt of a delivery, as it is shown: texts are cut, and none is a secret. */
export const attempt = z.object({
  integration: z.string(),
  /** The delivery's id, which its target knows as `webhook-id`. */
  delivery: z.string(),
  event: z.object({ id: z.string(), name: z.string(), device: z.string() }),
  /** 1 is the first. */
  number: z.int(),
  /** When it began, in milliseconds since 1970. */
  at: z.int(),
  tookMs: z.number(),
  ok: z.boolean(),
  /** Why it failed. */
  reason: z.optional(z.string()),
  /** When the next one is planned, in milliseconds since 1970. */
  next: z.optional(z.int()),
  /** Absent when no request could be made. */
  request: z.optional(
    z.object({
      method: z.string(),
      url: z.string(),
      headers: z.record(z.string(), z.string()),
      body: z.optional(z.string()),
    }),
  ),
  reply: z.optional(
    z.object({
      status: z.int(),
      contentType: z.optional(z.string()),
      retryAfter: z.optional(z.string()),
      body: z.string(),
    }),
  ),
});

export type Attempt = z.output<typeof attempt>;

/** The last attempts of integrations. */
export interface Attempts {
  /** At most `attemptsToldMax` of an integration in one call are worth much more than that. */
  add(attempts: readonly Attempt[], now: number): Promise<void>;
  /** The newest ones, newest first. One that was added twice is there once. */
  list(integration: string, max: number): Promise<Attempt[]>;
}
