import * as z from "zod/mini";
import type { Entry } from "./entry.ts";
import type { Counts, Tally } from "./tally.ts";

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
  add(entries: readonly Entry[], now: number): Promise<void>;
  /** New ones: the oldest objects of them, up to `max`. */
  list(max: number): Promise<string[]>;
  read(key: string): Promise<Entry[]>;
  /** Those that are not there any more count as removed. */
  remove(keys: readonly string[]): Promise<void>;
  ofSlice(slice: number): Promise<Entry[]>;
  /** Puts them in the place of what was known of the slice. */
  keepSlice(slice: number, entries: readonly Entry[]): Promise<void>;
  open(): Promise<OpenSlice[]>;
  /** Puts them in the place of those that were open before. */
  keepOpen(slices: readonly OpenSlice[]): Promise<void>;
}

/** What the deliveries of an integration come to whose events were accepted within `ledgerBucketMs` from a time on. */
export interface LedgerBucket extends Counts {
  readonly from: number;
  readonly missingIds: readonly string[];
}

/** What the ledger comes to, written by each region and read as one. */
export interface LedgerRows {
  /** Puts what the integrations of a slice come to in this region in the place of what they came to before. */
  put(slice: number, tallies: ReadonlyMap<string, Tally>): Promise<void>;
  /** The buckets of an integration that begin from a time on and before another, oldest first. */
  list(integration: string, range: { from: number; to: number }): Promise<LedgerBucket[]>;
}
