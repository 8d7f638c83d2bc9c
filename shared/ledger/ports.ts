import * as z from "zod/mini";
import type { DeliveryCounts, IntegrationCounts } from "./countDeliveries.ts";
import type { LedgerEntry } from "./entry.ts";

/** A slice with deliveries that are waiting or missing. */
export const openSlice = z.object({
  /** The start of the slice: the earliest acceptance of its events, in milliseconds since 1970. */
  slice: z.number(),
  /** The time when its counts change next without new entries. */
  next: z.optional(z.number()),
  /** The number of overdue deliveries of each integration. Former versions stored their sum. */
  overdue: z.pipe(
    z.union([z.number(), z.record(z.string(), z.number())]),
    z.transform((stored) => (typeof stored === "number" ? { unknown: stored } : stored)),
  ),
  /** The number of missing deliveries of each integration. */
  missing: z.record(z.string(), z.number()),
  missingSince: z.optional(z.number()),
});

export type OpenSlice = z.output<typeof openSlice>;

/** Entries of deliveries: new ones, and the merged entries of each slice. */
export interface LedgerEntries {
  add(entries: readonly LedgerEntry[], now: number): Promise<void>;
  /** Lists the keys of up to `max` objects of new entries, oldest first. */
  list(max: number): Promise<string[]>;
  read(key: string): Promise<LedgerEntry[]>;
  /** Ignores objects that do not exist. */
  remove(keys: readonly string[]): Promise<void>;
  readSlice(slice: number): Promise<LedgerEntry[]>;
  /** Replaces the entries of the slice. */
  putSlice(slice: number, entries: readonly LedgerEntry[]): Promise<void>;
  listOpen(): Promise<OpenSlice[]>;
  /** Replaces the list of open slices. */
  putOpen(slices: readonly OpenSlice[]): Promise<void>;
}

/**
 * The counts of an integration's deliveries of events that were accepted within `ledgerBucketMs`
 * from `from`.
 */
export interface LedgerBucket extends DeliveryCounts {
  readonly from: number;
  readonly missingIds: readonly string[];
}

/** The sum of an integration's counts over a time span, by minutes. */
export interface LedgerSum extends DeliveryCounts {
  /** As in `IntegrationCounts`. Counts that an earlier version stored have none: 0. */
  readonly late: number;
  readonly settledAt: number;
  /** Ids of missing deliveries, up to `ledgerMissingNamedMax` for each minute and region. */
  readonly missingIds: readonly string[];
}

/** The counts of an integration's deliveries of events that were accepted in one minute. */
export interface LedgerMinute {
  /** The start of the minute, in milliseconds since 1970. */
  readonly at: number;
  readonly counts: DeliveryCounts;
  /** As in `IntegrationCounts`. Counts that an earlier version stored have none: 0. */
  readonly late: number;
  readonly settledAt: number;
}

/** The counts of the ledger. Each region writes its own; reads return their sum. */
export interface LedgerRows {
  /** Replaces this region's counts of the integrations of a slice. */
  put(slice: number, countsByIntegration: ReadonlyMap<string, IntegrationCounts>): Promise<void>;
  /**
   * Returns the buckets of an integration that begin from `from` (inclusive) to `to`, oldest first.
   */
  list(integration: string, range: { from: number; to: number }): Promise<LedgerBucket[]>;
  /**
   * Returns the minutes with deliveries that contain a time from `from` (inclusive) to `to`
   * (exclusive), oldest first. A minute of several regions may be repeated.
   */
  minutes(integration: string, range: { from: number; to: number }): Promise<LedgerMinute[]>;
  /**
   * Returns the sum over the slices that contain a time from `from` (inclusive) to `to`
   * (exclusive).
   */
  sum(integration: string, range: { from: number; to: number }): Promise<LedgerSum>;
}
