import * as z from "zod/mini";
import { type DeviceEvent, deliveryId, deviceEvent } from "../event/deviceEvent.ts";
import type { Integration, IntegrationMatcher } from "../integration/model/integration.ts";
import { matching } from "../integration/model/match.ts";
import { restriction } from "../limit/restriction.ts";

/** One event for one integration. Its queue message has all data for the next attempt. */
export const delivery = z.object({
  /**
   * The same for all retries, redeliveries and repeats of the event: targets detect duplicates by
   * it.
   */
  id: z.string().check(z.minLength(1)),
  integration: z.string().check(z.minLength(1)),
  event: deviceEvent,
  /**
   * When the broker accepted the event, in milliseconds since 1970. The ledger counts it at this
   * time.
   */
  acceptedAt: z.optional(z.int().check(z.nonnegative())),
  /** Number of attempts made. */
  attempts: z.int().check(z.nonnegative()),
  /** Earliest time of the next attempt, in milliseconds since 1970. */
  notBefore: z.number().check(z.nonnegative()),
  /** Latest time of an attempt, in milliseconds since 1970. Absent: the whole schedule is used. */
  deadline: z.optional(z.number().check(z.nonnegative())),
  /**
   * When it was first held without an attempt because its target fails, in milliseconds since 1970.
   */
  heldSince: z.optional(z.number().check(z.nonnegative())),
  /** The queue that it is in. Absent: the main queue. */
  lane: z.optional(z.literal("slow")),
  /**
   * Set if its integration could not be read when the event was routed. Matching is checked before
   * the first attempt.
   */
  unmatched: z.optional(z.literal(true)),
  /** Set if a job queued it. Other deliveries of the integration do not wait behind it. */
  replayed: z.optional(z.literal(true)),
  /** Set if its device publishes at a high rate. Other deliveries do not wait behind it. */
  busy: z.optional(z.literal(true)),
  /** Set if a limit of usage slows it down, or parks it as a dead letter. */
  restriction: z.optional(restriction),
  /** Why the last attempt failed. */
  reason: z.optional(z.string()),
  /** HTTP status of the reply to the last attempt. Absent if there was no reply. */
  status: z.optional(z.int()),
});

export type Delivery = z.output<typeof delivery>;

/** Creates the delivery of an event to an integration. `now` in milliseconds since 1970. */
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

/** Creates a delivery to an integration that cannot be read. `now` in milliseconds since 1970. */
export const unmatchedDelivery = (event: DeviceEvent, id: string, now: number): Delivery => ({
  ...firstDelivery(event, { id }, now),
  unmatched: true,
});

/**
 * The message group of a delivery in its queue, which is fair between groups: its integration, with
 * groups of their own for replayed deliveries, those of busy devices, and restricted ones.
 */
export const messageGroupOf = ({
  integration,
  replayed,
  restriction,
  busy,
}: Pick<Delivery, "integration" | "replayed" | "restriction" | "busy">): string => {
  const kind = replayed ? "replay" : (restriction?.action ?? (busy && "busy"));
  return kind === undefined ? integration : `${integration}/${kind}`;
};

/** The queue of deliveries. */
export interface DeliveryQueue {
  /**
   * Queues each delivery with a delay until its `notBefore`, relative to `now`. Returns the errors
   * of deliveries that the queue did not accept, by delivery id.
   */
  send(deliveries: readonly Delivery[], now: number): Promise<ReadonlyMap<string, Error>>;
}

/** A waiting delivery as JSON text. The key is opaque. */
export interface Waiting {
  readonly key: string;
  readonly body: string;
}

/** Stores deliveries of this region whose wait exceeds the queue's longest delay. */
export interface WaitingDeliveries {
  /** Stores a delivery until its `notBefore`. Idempotent. */
  keep(delivery: Delivery): Promise<void>;
  /**
   * Returns a page of a shard's deliveries that are due before a time (in milliseconds since 1970),
   * earliest first.
   */
  due(
    shard: number,
    page: { before: number; limit: number; after?: string },
  ): Promise<{ waiting: readonly Waiting[]; next?: string }>;
  /** Removes deliveries. Ignores missing ones. Fails unless all are removed. */
  remove(shard: number, keys: readonly string[]): Promise<void>;
}

/** Where messages wait that no function can read. */
export interface MalformedMessages {
  put(body: string): Promise<void>;
}

/**
 * Completes a delivery that was created while its integration could not be read, as if it were
 * created now. Returns `undefined` if the integration does not match the event. Ignores whether the
 * integration is disabled: `deliver` dead-letters the delivery then.
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
