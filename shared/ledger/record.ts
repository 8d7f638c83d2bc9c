import * as z from "zod/mini";
import { deviceActivity } from "../device/deviceActivity.ts";

const text = z.string().check(z.minLength(1));
const time = z.int().check(z.nonnegative());

/**
 * Which integrations an accepted event goes to, as somebody planned it who had its message. The last plan of a
 * message counts: who died may have planned before, when other integrations were there.
 */
export const plannedDeliveries = z.object({
  /** The event's id. With the next it names the message: a repeat by the device is accepted at another time. */
  event: text,
  /** When the broker took it, in milliseconds since 1970. */
  acceptedAt: time,
  /** When this was planned. */
  at: time,
  /** Ids of integrations. None: all of the event was queued by another message of it. */
  to: z.array(text),
});

export type PlannedDeliveries = z.output<typeof plannedDeliveries>;

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
  /** At most `attemptsSampledMax` of an integration in one call are worth much more than that. */
  add(attempts: readonly Attempt[], now: number): Promise<void>;
  /** The newest ones, newest first. One that was added twice is there once. */
  list(integration: string, max: number): Promise<Attempt[]>;
}

/** What a worker of the pipeline says of a batch: a message in the queue of records. */
export const ledgerRecord = z.object({
  /** The devices that the batch's events are from. */
  heard: z._default(z.array(deviceActivity), []),
  /** Where its events go. */
  plans: z._default(z.array(plannedDeliveries), []),
  /** What became of its deliveries. */
  outcomes: z._default(z.array(outcome), []),
  /** The attempts among them that are shown in full. */
  attempts: z._default(z.array(attempt), []),
});

export type LedgerRecord = z.output<typeof ledgerRecord>;

/** The queue of what the pipeline's workers say of their batches. */
export interface RecordQueue {
  /** Answers why, for the index of each that the queue did not take. */
  send(records: readonly LedgerRecord[]): Promise<ReadonlyMap<number, Error>>;
}

/** A record that says nothing: what a worker says stands beside it. */
export const emptyRecord: LedgerRecord = { heard: [], plans: [], outcomes: [], attempts: [] };
