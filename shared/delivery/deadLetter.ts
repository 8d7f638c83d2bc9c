import * as z from "zod/mini";
import { type Delivery, delivery } from "./delivery.ts";
import { reasonCharsMax } from "./limits.ts";

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

/** A page of dead letters, and where the next one begins. */
export interface DeadLetterPage {
  readonly deadLetters: readonly DeadLetter[];
  /** How many more there are here that cannot be read; nothing when there is none. */
  readonly unreadable?: number;
  readonly next?: string;
}

/** Which dead letters to look at, and from where. */
export interface DeadLetterQuery {
  readonly limit: number;
  /** The `next` of the page before. */
  readonly after?: string | undefined;
  readonly order?: "newest first" | "oldest first";
  /** Those that were buried from then on, and before then; in milliseconds since 1970. */
  readonly from?: number | undefined;
  readonly before?: number | undefined;
}

/** Deliveries that were given up. */
export interface DeadLetters {
  /** Burying the same delivery again with the same time changes nothing. */
  bury(deadLetter: DeadLetter): Promise<void>;
  list(integration: string, query: DeadLetterQuery): Promise<DeadLetterPage>;
  /** Those of an integration that are not there any more count as removed. Fails unless all are. */
  remove(integration: string, keys: readonly DeadLetterKey[]): Promise<void>;
}
