import * as z from "zod/mini";
import { type DeviceEvent, deliveryId, deviceEvent } from "../event/deviceEvent.ts";
import type { Integration, IntegrationMatcher } from "../integration/model/integration.ts";
import { matching } from "../integration/model/match.ts";

/** One event for one integration. It travels through the queue with all that its next attempt needs. */
export const delivery = z.object({
  /** The same over retries, redeliveries and repeats of the event: the target can tell a repeat by it. */
  id: z.string().check(z.minLength(1)),
  integration: z.string().check(z.minLength(1)),
  event: deviceEvent,
  /** When the broker took the event, in milliseconds since 1970: the ledger counts it by that. */
  acceptedAt: z.optional(z.int().check(z.nonnegative())),
  /** How many attempts were made. */
  attempts: z.int().check(z.nonnegative()),
  /** The next attempt is not made before this time, in milliseconds since 1970. */
  notBefore: z.number().check(z.nonnegative()),
  /** No further attempt is planned after this time; without it, as long as the schedule says. */
  deadline: z.optional(z.number().check(z.nonnegative())),
  /** Since when it is held back without an attempt, because its target hangs; in milliseconds since 1970. */
  heldSince: z.optional(z.number().check(z.nonnegative())),
  /** In which queue it is; without it, in the one for all. */
  lane: z.optional(z.literal("slow")),
  /** Its integration could not be read when it was made: whether that matches the event is seen before the first attempt. */
  unmatched: z.optional(z.literal(true)),
  /** A job made it: others of its integration do not wait behind it. */
  replayed: z.optional(z.literal(true)),
  /** Why the last attempt failed. */
  reason: z.optional(z.string()),
  /** The HTTP status that the target answered to the last attempt; nothing when it did not answer. */
  status: z.optional(z.int()),
});

export type Delivery = z.output<typeof delivery>;

/** The delivery of an event to an integration, before its first attempt. `now` in milliseconds. */
export const firstDelivery = (
  event: DeviceEvent,
  { id, deadline }: Pick<Integration, "id" | "deadline">,
  now: number,
): Delivery => ({
  id: deliveryId(event.id, id),
  integration: id,
  event,
  attempts: 0,
  notBefore: now,
  ...(deadline !== undefined && { deadline: now + deadline * 1_000 }),
});

/** The delivery of an event to an integration of which only the id is known. `now` in milliseconds. */
export const unmatchedDelivery = (event: DeviceEvent, id: string, now: number): Delivery => ({
  ...firstDelivery(event, { id }, now),
  unmatched: true,
});

/** The queue of deliveries. */
export interface DeliveryQueue {
  /** Queues each delivery for its `notBefore`, counted from `now`. Answers why, for the id of each that the queue did not take. */
  send(deliveries: readonly Delivery[], now: number): Promise<ReadonlyMap<string, Error>>;
}

/** A delivery that waits, as text, under a key that means something to the table alone. */
export interface Waiting {
  readonly key: string;
  readonly body: string;
}

/** Deliveries that are due too far ahead for the queue to wait for them, in this region. */
export interface WaitingDeliveries {
  /** Keeps it until its `notBefore`. Once more changes nothing. */
  keep(delivery: Delivery): Promise<void>;
  /** A page of a shard's that are due before a time, in milliseconds since 1970, the most urgent first. */
  due(
    shard: number,
    page: { before: number; limit: number; after?: string },
  ): Promise<{ waiting: readonly Waiting[]; next?: string }>;
  /** Those that are not there any more count as removed. Fails unless all are. */
  remove(shard: number, keys: readonly string[]): Promise<void>;
}

/** Where messages wait that no function can read. */
export interface MalformedMessages {
  put(body: string): Promise<void>;
}

/**
 * A delivery that was made while its integration could not be read, now that it can be: as if it had been made now, for it
 * could not be tried before. `undefined` when the integration does not match its event. Whether it is disabled is no question here: that
 * makes a dead letter.
 */
export const matchDeferred = (
  given: Delivery,
  to: IntegrationMatcher,
  now: number,
): Delivery | undefined =>
  matching([{ ...to, disabled: false }], given.event).length === 0
    ? undefined
    : {
        ...given,
        ...firstDelivery(given.event, to, now),
        unmatched: undefined,
        heldSince: undefined,
        reason: undefined,
        status: undefined,
      };
