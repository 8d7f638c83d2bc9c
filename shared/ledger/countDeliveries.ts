import { deliveryId } from "../event/deviceEvent.ts";
import type { LedgerEntry } from "./entry.ts";
import { ledgerMissingMs, ledgerMissingNamedMax, ledgerOverdueMs } from "./limits.ts";

/** The deliveries of one integration, and which of them are missing, up to `ledgerMissingNamedMax`. */
export interface IntegrationCounts extends DeliveryCounts {
  readonly missingIds: readonly string[];
}

/** What entries come to at a time. */
export interface SliceCounts {
  readonly integrations: ReadonlyMap<string, IntegrationCounts>;
  /** Those that wait for longer than planned, and are not missing yet. */
  readonly overdue: number;
  /** When the last one was found to be missing. */
  readonly missingSince?: number;
  /** When this comes to something else if nothing more is heard. */
  readonly next?: number;
}

type Mutable = { -readonly [Name in keyof DeliveryCounts]: number } & { missingIds: string[] };

/** Counts the deliveries of a slice by their ids. `now` in milliseconds since 1970. */
export const countDeliveries = (entries: Iterable<LedgerEntry>, now: number): SliceCounts => {
  const integrations = new Map<string, Mutable>();
  let overdue = 0;
  let missingSince = 0;
  let next = Number.POSITIVE_INFINITY;
  const count = (id: string): Mutable => {
    const known = integrations.get(id);
    if (known !== undefined) return known;
    const made = { ...zeroCounts, missingIds: [] };
    integrations.set(id, made);
    return made;
  };
  for (const { event, plan, outcomes } of entries) {
    for (const id of new Set([...(plan?.to ?? []), ...Object.keys(outcomes)])) {
      const end = outcomes[id];
      const counted = count(id);
      counted.matched += 1;
      counted.failed += end?.failed ?? 0;
      if (end !== undefined && end.state !== "waiting") {
        counted[end.state] += 1;
        continue;
      }
      // The last promise: when it is to be in hand next.
      const due = end?.due ?? plan?.at ?? 0;
      const [late, lost] = [due + ledgerOverdueMs, due + ledgerMissingMs];
      if (now < lost) {
        counted.waiting += 1;
        if (now >= late) overdue += 1;
        next = Math.min(next, now < late ? late : lost);
        continue;
      }
      counted.missing += 1;
      missingSince = Math.max(missingSince, lost);
      if (counted.missingIds.length < ledgerMissingNamedMax) {
        counted.missingIds.push(deliveryId(event, id));
      }
    }
  }
  return {
    integrations,
    overdue,
    ...(missingSince > 0 && { missingSince }),
    ...(Number.isFinite(next) && { next }),
  };
};

/** Deliveries of one integration, each counted once: `matched` is the sum of what it is followed by, failed attempts aside. */
export interface DeliveryCounts {
  readonly matched: number;
  readonly delivered: number;
  readonly waiting: number;
  readonly dead: number;
  readonly discarded: number;
  /** Of which nothing is known though they should have been in hand long ago. */
  readonly missing: number;
  /** Failed attempts. */
  readonly failed: number;
}

/** In the order in which rows hold them: it does not change. */
export const countNames = [
  "matched",
  "delivered",
  "waiting",
  "dead",
  "discarded",
  "missing",
  "failed",
] as const satisfies readonly (keyof DeliveryCounts)[];

/** The counts of nothing. */
export const zeroCounts: DeliveryCounts = {
  matched: 0,
  delivered: 0,
  waiting: 0,
  dead: 0,
  discarded: 0,
  missing: 0,
  failed: 0,
};
