import * as z from "zod/mini";
import { topicBytesMax } from "../platform/quotas.ts";
import { type Delivery, delivery } from "./delivery.ts";
import { reasonCharsMax, replayIdsMax } from "./limits.ts";

/** A delivery that failed for good, and the reason. */
export const deadLetter = z.object({
  delivery,
  reason: z.string(),
  /** When it was dead-lettered, in milliseconds since 1970. */
  buriedAt: z.int().check(z.nonnegative()),
});

export type DeadLetter = z.output<typeof deadLetter>;

/** The key of a dead letter among those of its integration. */
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

/** Creates a dead letter. `now` in milliseconds since 1970. */
export const deadLetterOf = (given: Delivery, reason: string, now: number): DeadLetter => ({
  delivery: given,
  reason: reason.slice(0, reasonCharsMax),
  buriedAt: now,
});

/** A page of dead letters. */
export interface DeadLetterPage {
  readonly deadLetters: readonly DeadLetter[];
  /** Number of dead letters on this page that cannot be parsed. Absent if 0. */
  readonly unreadable?: number;
  readonly next?: string;
}

/** A query for a page of dead letters. */
export interface DeadLetterQuery {
  readonly limit: number;
  /** The `next` of the previous page. */
  readonly after?: string | undefined;
  readonly order?: "newest first" | "oldest first";
  /** Dead-lettered at or after `from` and before `before`, in milliseconds since 1970. */
  readonly from?: number | undefined;
  readonly before?: number | undefined;
}

/** Stores dead letters. */
export interface DeadLetters {
  /** Idempotent for the same delivery and time. */
  put(deadLetter: DeadLetter): Promise<void>;
  list(integration: string, query: DeadLetterQuery): Promise<DeadLetterPage>;
  /** Removes dead letters of an integration. Ignores missing ones. Fails unless all are removed. */
  remove(integration: string, keys: readonly DeadLetterKey[]): Promise<void>;
}

const time = z.number().check(z.nonnegative());

/** Selects dead letters of an integration. All given conditions must match. */
export const deadLetterFilter = z.object({
  /** Dead-lettered at or after `from` and before `to`, in milliseconds since 1970. */
  from: z.optional(time),
  to: z.optional(time),
  /** The reason contains this text, ignoring case. */
  reason: z.optional(z.string().check(z.maxLength(reasonCharsMax))),
  /** The HTTP status of the target's last reply. */
  status: z.optional(z.int()),
  /** The event name starts with this text (case-sensitive). */
  event: z.optional(z.string().check(z.maxLength(topicBytesMax))),
  /** The device id. */
  device: z.optional(z.string().check(z.maxLength(64))),
  /** The delivery ids. */
  ids: z.optional(z.array(z.string().check(z.maxLength(100))).check(z.maxLength(replayIdsMax))),
});

export type DeadLetterFilter = z.output<typeof deadLetterFilter>;

/** Whether a dead letter matches a filter. Does not check its time: the query does. */
export const matchesFilter = (
  { reason, status, event, device, ids }: DeadLetterFilter,
  { delivery, reason: why }: DeadLetter,
): boolean =>
  (reason === undefined || why.toLowerCase().includes(reason.toLowerCase())) &&
  (status === undefined || delivery.status === status) &&
  (event === undefined || delivery.event.name.startsWith(event)) &&
  (device === undefined || delivery.event.device === device) &&
  (ids === undefined || ids.includes(delivery.id));

/** Dead-letters a delivery that the function `deliver` failed to process every time. */
export const deadLetterDelivery = async (
  given: Delivery,
  { deadLetters, now }: { deadLetters: Pick<DeadLetters, "put">; now: () => number },
): Promise<void> => {
  const reason = given.reason ?? "no attempt could be made";
  const text = `the worker failed each time it processed this delivery; before that: ${reason}`;
  await deadLetters.put(deadLetterOf(given, text, now()));
};
