import * as z from "zod/mini";

const text = z.string().check(z.minLength(1));
const time = z.int().check(z.nonnegative());

/** What became of a delivery that somebody had in hand, as far as is known at a time. */
export const outcome = z.object({
  /** The event's id and when it was accepted, as in its plan. */
  event: text,
  acceptedAt: time,
  integration: text,
  /** When this became so. */
  at: time,
  /** `delivered` is final; what is dead may be replayed. `discarded`: its owner has deleted the integration, or that does not match. */
  state: z.enum(["delivered", "waiting", "dead", "discarded"]),
  /** When one that waits is to be in hand again. */
  due: z.optional(time),
  /** How many attempts have failed so far. */
  failed: z.int().check(z.nonnegative()),
});

export type Outcome = z.output<typeof outcome>;
