import * as z from "zod/mini";
import { topicBytesMax } from "../platform/quotas.ts";
import type { DeadLetter } from "./deadLetter.ts";
import { reasonCharsMax, replayIdsMax } from "./limits.ts";

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
export const isMeant = (
  { reason, status, event, device, ids }: DeadLetterFilter,
  { delivery, reason: why }: DeadLetter,
): boolean =>
  (reason === undefined || why.toLowerCase().includes(reason.toLowerCase())) &&
  (status === undefined || delivery.status === status) &&
  (event === undefined || delivery.event.name.startsWith(event)) &&
  (device === undefined || delivery.event.device === device) &&
  (ids === undefined || ids.includes(delivery.id));
