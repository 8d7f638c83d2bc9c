import * as z from "zod/mini";
import { reasonCharsMax } from "../limits.ts";
import { type Delivery, delivery } from "./delivery.ts";

/** A delivery that was given up, and why. */
export const deadLetter = z.object({
  delivery,
  reason: z.string(),
  /** When it was given up, in milliseconds since 1970. */
  buriedAt: z.int().check(z.nonnegative()),
});

export type DeadLetter = z.output<typeof deadLetter>;

/** What a dead letter is found by, among those of its integration. */
export const deadLetterKey = z.object({
  /** The delivery's id. */
  id: z.string().check(z.minLength(1)),
  buriedAt: z.int().check(z.nonnegative()),
});

export type DeadLetterKey = z.output<typeof deadLetterKey>;

export const keyOf = ({ delivery: { id }, buriedAt }: DeadLetter): DeadLetterKey => ({
  id,
  buriedAt,
});

/** Makes a dead letter. `now` in milliseconds since 1970. */
export const deadLetterOf = (given: Delivery, reason: string, now: number): DeadLetter => ({
  delivery: given,
  reason: reason.slice(0, reasonCharsMax),
  buriedAt: now,
});
