import * as z from "zod/mini";
import { topicBytesMax } from "../platform/quotas.ts";
import { type Delivery, delivery } from "./delivery.ts";
import { reasonCharsMax, replayIdsMax } from "./limits.ts";

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

export const deadLetterKeyOf = ({ delivery: { id }, buriedAt }: DeadLetter): DeadLetterKey => ({
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
  put(deadLetter: DeadLetter): Promise<void>;
  list(integration: string, query: DeadLetterQuery): Promise<DeadLetterPage>;
  /** Those of an integration that are not there any more count as removed. Fails unless all are. */
  remove(integration: string, keys: readonly DeadLetterKey[]): Promise<void>;
}

const time = z.number().check(z.nonnegative());

/** Which of an integration's dead letters are meant: those that are all of this. */
export const deadLetterFilter = z.object({
  /** Buried from then on, and before then; in milliseconds since 1970. */
  from: z.optional(time),
  to: z.optional(time),
  /** The reason contains this, in capital or small letters. */
  reason: z.optional(z.string().check(z.maxLength(reasonCharsMax))),
  /** The target's last answer. */
  status: z.optional(z.int()),
  /** The event's name begins with this, case and all. */
  event: z.optional(z.string().check(z.maxLength(topicBytesMax))),
  /** The device's id. */
  device: z.optional(z.string().check(z.maxLength(64))),
  /** They are these. */
  ids: z.optional(z.array(z.string().check(z.maxLength(100))).check(z.maxLength(replayIdsMax))),
});

export type DeadLetterFilter = z.output<typeof deadLetterFilter>;

/** Whether a dead letter is meant, its time aside. */
export const matchesFilter = (
  { reason, status, event, device, ids }: DeadLetterFilter,
  { delivery, reason: why }: DeadLetter,
): boolean =>
  (reason === undefined || why.toLowerCase().includes(reason.toLowerCase())) &&
  (status === undefined || delivery.status === status) &&
  (event === undefined || delivery.event.name.startsWith(event)) &&
  (device === undefined || delivery.event.device === device) &&
  (ids === undefined || ids.includes(delivery.id));

/** Buries what the deliver function itself could not handle, however often it was tried. */
export const deadLetterDelivery = async (
  given: Delivery,
  { deadLetters, now }: { deadLetters: Pick<DeadLetters, "put">; now: () => number },
): Promise<void> => {
  const reason = given.reason ?? "it could not be tried";
  const text = `the worker failed each time it had this delivery; before that: ${reason}`;
  await deadLetters.put(deadLetterOf(given, text, now()));
};
