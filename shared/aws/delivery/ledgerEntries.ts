import { randomUUID } from "node:crypto";
import * as z from "zod/mini";
import type { LedgerEntry } from "../../ledger/entry.ts";
import type { LedgerEntries } from "../../ledger/ports.ts";
import { openSlice } from "../../ledger/ports.ts";
import { type Metered, metered } from "../../ledger/record.ts";
import type { Buckets } from "../call/buckets.ts";
import { deleteObjects, gzippedObjects, listKeys } from "../platform/objects.ts";
import { sortableTime } from "../platform/rows.ts";

const fresh = "ledger/new/";
const openKey = "ledger/open";

const sliceKey = (slice: number): string => `ledger/slices/${sortableTime(slice)}`;

const { fleet, device, kind, kilobytes } = metered.shape;

/** A compact form of an entry: there are as many as events. */
const line = z.tuple([
  z.string(),
  z.number(),
  z.nullable(
    z.tuple([
      z.number(),
      z.array(z.string()),
      // Entries of former versions have none.
      z.optional(z.tuple([fleet, device, kind, kilobytes])),
    ]),
  ),
  z.record(
    z.string(),
    z.tuple([
      z.enum(["delivered", "waiting", "dead", "discarded"]),
      z.number(),
      z.number(),
      z.number(),
    ]),
  ),
]);

type WrittenMetered = [Metered["fleet"], Metered["device"], Metered["kind"], Metered["kilobytes"]];

const writtenMetered = (of: Metered | undefined): [WrittenMetered?] =>
  of === undefined ? [] : [[of.fleet, of.device, of.kind, of.kilobytes]];

const readMetered = (read: WrittenMetered | undefined): { metered?: Metered } => {
  if (read === undefined) return {};
  const [inFleet, by, as, size] = read;
  return { metered: { fleet: inFleet, device: by, kind: as, kilobytes: size } };
};

const written = ({ event, acceptedAt, plan, outcomes }: LedgerEntry): z.output<typeof line> => [
  event,
  acceptedAt,
  plan === undefined ? null : [plan.at, [...plan.to], ...writtenMetered(plan.metered)],
  Object.fromEntries(
    Object.entries(outcomes).map(([id, { state, at, due, failed }]) => [
      id,
      [state, at, due, failed],
    ]),
  ),
];

const read = (value: unknown): LedgerEntry => {
  const [event, acceptedAt, plan, outcomes] = line.parse(value);
  return {
    event,
    acceptedAt,
    ...(plan !== null && { plan: { at: plan[0], to: plan[1], ...readMetered(plan[2]) } }),
    outcomes: Object.fromEntries(
      Object.entries(outcomes).map(([id, [state, at, due, failed]]) => [
        id,
        { state, at, due, failed },
      ]),
    ),
  };
};

/**
 * Stores the ledger's entries in the bucket of records as compressed lines: new ones under
 * `ledger/new/`, merged ones under `ledger/slices/`, and the list of open slices.
 */
export const s3LedgerEntries = (buckets: Buckets, bucket: string): LedgerEntries => {
  const { get, put } = gzippedObjects(buckets, bucket);
  return {
    add: (entries, now) =>
      put(`${fresh}${sortableTime(now)}-${randomUUID()}`, entries.map(written)),

    list: (max) => listKeys(buckets, bucket, { prefix: fresh, max }),

    read: async (key) => (await get(key)).map(read),
    remove: (keys) => deleteObjects(buckets, bucket, keys),
    readSlice: async (slice) => (await get(sliceKey(slice))).map(read),
    putSlice: (slice, entries) => put(sliceKey(slice), entries.map(written)),
    listOpen: async () => (await get(openKey)).map((value) => openSlice.parse(value)),
    putOpen: (slices) => put(openKey, slices),
  };
};
