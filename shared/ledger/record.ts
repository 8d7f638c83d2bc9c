import * as z from "zod/mini";
import { deviceActivity } from "../device/deviceActivity.ts";
import { routedEvents } from "./traffic.ts";

const text = z.string().check(z.minLength(1));
const time = z.int().check(z.nonnegative());

/** What a message counts as in the usage of its fleet. */
export const metered = z.object({
  fleet: text,
  /** The device that published or was called, or the publisher of an event of the API. */
  device: text,
  /** `free`: an event that is no data operation. */
  kind: z.enum(["publish", "function", "variable", "free"]),
  /** Started kilobytes of the data of an event; 1 for a call. */
  kilobytes: z.int().check(z.positive()),
});

export type Metered = z.output<typeof metered>;

/**
 * The integrations for which a worker planned deliveries of an event. The last plan of a message is
 * valid: a worker that died may have planned earlier, with other integrations.
 */
export const plannedDeliveries = z.object({
  /**
   * The event's id. Together with `acceptedAt` it identifies the message: a device's repeat has
   * another time.
   */
  event: text,
  /** The time when the broker received the event, in milliseconds since 1970. */
  acceptedAt: time,
  /** The time of the plan, in milliseconds since 1970. */
  at: time,
  /** Ids of the integrations. Empty if another message of the event has queued all deliveries. */
  to: z.array(text),
  /** Absent if the message counts nothing: another one of the event does. */
  metered: z.optional(metered),
});

export type PlannedDeliveries = z.output<typeof plannedDeliveries>;

/** The outcome of processing a delivery. */
export const outcome = z.object({
  /** As in the plan of the delivery. */
  event: text,
  acceptedAt: time,
  integration: text,
  /** The time of the outcome, in milliseconds since 1970. */
  at: time,
  /**
   * `delivered` is final. `dead`: a dead letter, which can be replayed. `discarded`: the
   * integration was deleted, or does not match the event.
   */
  state: z.enum(["delivered", "waiting", "dead", "discarded"]),
  /** For a waiting delivery, the time when it is due, in milliseconds since 1970. */
  due: z.optional(time),
  /** The number of failed attempts so far. */
  failed: z.int().check(z.nonnegative()),
});

export type Outcome = z.output<typeof outcome>;

/** One attempt of a delivery, as the API shows it: texts are truncated and contain no secrets. */
export const attempt = z.object({
  integration: z.string(),
  /** The delivery's id, which its target receives as `webhook-id`. */
  delivery: z.string(),
  event: z.object({ id: z.string(), name: z.string(), device: z.string() }),
  /** 1 is the first. */
  number: z.int(),
  /** The start of the attempt, in milliseconds since 1970. */
  at: z.int(),
  tookMs: z.number(),
  ok: z.boolean(),
  /** The reason of a failure. */
  reason: z.optional(z.string()),
  /** The planned time of the next attempt, in milliseconds since 1970. */
  next: z.optional(z.int()),
  /** Absent if no request could be created. */
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

/** Attempts that were stored together, at most `attemptRowMs` apart. */
export interface AttemptRow {
  /** Unique for the integration. Keys sort by the time of the latest attempt. */
  readonly key: string;
  /** Newest first. */
  readonly attempts: readonly Attempt[];
}

/** A query of rows that may have attempts from `since` (inclusive) to `until` (exclusive). */
export interface AttemptQuery {
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** The page begins with the row of this key, or with the next one if that row is gone. */
  readonly from?: string | undefined;
  /** The page begins after the row of this key. */
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface AttemptPage {
  readonly rows: readonly AttemptRow[];
  /** The value of `after` for the next page; absent after the last one. */
  readonly next?: string;
}

/** Recent attempts of integrations. */
export interface Attempts {
  /** Stores at most `attemptsSampledMax` attempts of an integration in one call. */
  add(attempts: readonly Attempt[], now: number): Promise<void>;
  /**
   * Returns the newest attempts, newest first. An attempt that was added twice is returned once.
   */
  list(integration: string, max: number): Promise<Attempt[]>;
  /** A page of the rows of an integration, newest first. */
  page(integration: string, query: AttemptQuery): Promise<AttemptPage>;
}

/** A worker's record of a batch: a message of the queue `Records`. */
export const ledgerRecord = z.object({
  /** Device activity: the devices that published the batch's events. */
  heard: z._default(z.array(deviceActivity), []),
  /** Planned deliveries of its events. */
  plans: z._default(z.array(plannedDeliveries), []),
  /** Outcomes of its deliveries. */
  outcomes: z._default(z.array(outcome), []),
  /** A sample of its attempts. */
  attempts: z._default(z.array(attempt), []),
  /** The number of its events, by fleet. Records of earlier versions have none. */
  routed: z._default(z.array(routedEvents), []),
});

export type LedgerRecord = z.output<typeof ledgerRecord>;

/** The queue of records. */
export interface RecordQueue {
  /** Returns the error of each record that the queue did not take, by index. */
  send(records: readonly LedgerRecord[]): Promise<ReadonlyMap<number, Error>>;
}

/** An empty record, to which a worker adds its fields. */
export const emptyRecord: LedgerRecord = {
  heard: [],
  plans: [],
  outcomes: [],
  attempts: [],
  routed: [],
};
