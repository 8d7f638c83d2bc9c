import * as z from "zod/mini";
import type { DeliveryCounts, IntegrationCounts } from "./countDeliveries.ts";
import type { LedgerEntry } from "./entry.ts";

/** An open slice: one that has deliveries which are not over, or are missing. */
export const openSlice = z.object({
  /** From when its events were accepted, in milliseconds since 1970. */
  slice: z.number(),
  /** When it is to be looked at again, though nothing is heard. */
  next: z.optional(z.number()),
  overdue: z.number(),
  /** How many deliveries of each integration are missing. */
  missing: z.record(z.string(), z.number()),
  missingSince: z.optional(z.number()),
});

export type OpenSlice = z.output<typeof openSlice>;

/** What is known of deliveries: new entries, and by slice what they were joined to. */
export interface LedgerEntries {
  add(entries: readonly LedgerEntry[], now: number): Promise<void>;
  /** New ones: the oldest objects of them, up to `max`. */
  list(max: number): Promise<string[]>;
  read(key: string): Promise<LedgerEntry[]>;
  /** Those that are not there any more count as removed. */
  remove(keys: readonly string[]): Promise<void>;
  readSlice(slice: number): Promise<LedgerEntry[]>;
  /** Puts them in the place of what was known of the slice. */
  putSlice(slice: number, entries: readonly LedgerEntry[]): Promise<void>;
  open(): Promise<OpenSlice[]>;
  /** Puts them in the place of those that were open before. */
  putOpen(slices: readonly OpenSlice[]): Promise<void>;
}

/** What the deliveries of an integration come to whose events were accepted within `ledgerBucketMs` from a time on. */
export interface LedgerBucket extends DeliveryCounts {
  readonly from: number;
  readonly missingIds: readonly string[];
}

/** What the ledger comes to, written by each region and read as one. */
export interface LedgerRows {
  /** Puts what the integrations of a slice come to in this region in the place of what they came to before. */
  put(slice: number, countsByIntegration: ReadonlyMap<string, IntegrationCounts>): Promise<void>;
  /** The buckets of an integration that begin from a time on and before another, oldest first. */
  list(integration: string, range: { from: number; to: number }): Promise<LedgerBucket[]>;
}
