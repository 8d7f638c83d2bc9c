import { deliveryId } from "../event/deviceEvent.ts";
import type { LedgerEntry } from "./entry.ts";
import { ledgerLateMs, ledgerMissingMs, ledgerMissingNamedMax, ledgerOverdueMs } from "./limits.ts";

/** Deliveries of one integration, by state. `matched` is the sum of all states. */
export interface DeliveryCounts {
  readonly matched: number;
  readonly delivered: number;
  readonly waiting: number;
  readonly dead: number;
  readonly discarded: number;
  /** Deliveries without an outcome `ledgerMissingMs` after they were due. */
  readonly missing: number;
  /** Failed attempts. */
  readonly failed: number;
}

/** The order of the counts in stored rows. It must not change. */
export const countNames = [
  "matched",
  "delivered",
  "waiting",
  "dead",
  "discarded",
  "missing",
  "failed",
] as const satisfies readonly (keyof DeliveryCounts)[];

/** All counts are 0. */
export const zeroCounts: DeliveryCounts = {
  matched: 0,
  delivered: 0,
  waiting: 0,
  dead: 0,
  discarded: 0,
  missing: 0,
  failed: 0,
};

/**
 * The deliveries of one integration, with the ids of up to `ledgerMissingNamedMax` missing ones.
 */
export interface IntegrationCounts extends DeliveryCounts {
  readonly missingIds: readonly string[];
  /** Deliveries that were delivered later than `ledgerLateMs` after their event was received. */
  readonly late: number;
  /**
   * The time of the latest final outcome, in milliseconds since 1970; 0 if there is none. If
   * nothing is waiting or missing, the counts balanced at that time.
   */
  readonly settledAt: number;
}

/** The counts of a slice at a time. */
export interface SliceCounts {
  readonly integrations: ReadonlyMap<string, IntegrationCounts>;
  /** Deliveries by integration that are due since `ledgerOverdueMs`, and not missing yet. */
  readonly overdue: ReadonlyMap<string, number>;
  /** The time when the latest missing delivery became missing. */
  readonly missingSince?: number;
  /** The time when the counts change next without new entries. */
  readonly next?: number;
}

type Mutable = { -readonly [Name in keyof DeliveryCounts]: number } & {
  missingIds: string[];
  late: number;
  settledAt: number;
};

/** Counts the deliveries of a slice by their ids. `now` in milliseconds since 1970. */
export const countDeliveries = (entries: Iterable<LedgerEntry>, now: number): SliceCounts => {
  const integrations = new Map<string, Mutable>();
  const overdue = new Map<string, number>();
  let missingSince = 0;
  let next = Number.POSITIVE_INFINITY;
  const count = (id: string): Mutable => {
    const known = integrations.get(id);
    if (known !== undefined) return known;
    const made = { ...zeroCounts, missingIds: [], late: 0, settledAt: 0 };
    integrations.set(id, made);
    return made;
  };
  for (const { event, acceptedAt, plan, outcomes } of entries) {
    for (const id of new Set([...(plan?.to ?? []), ...Object.keys(outcomes)])) {
      const end = outcomes[id];
      const counted = count(id);
      counted.matched += 1;
      counted.failed += end?.failed ?? 0;
      if (end !== undefined && end.state !== "waiting") {
        counted[end.state] += 1;
        counted.settledAt = Math.max(counted.settledAt, end.at);
        if (end.state === "delivered" && end.at - acceptedAt > ledgerLateMs) counted.late += 1;
        continue;
      }
      // The time when a worker should process the delivery next.
      const due = end?.due ?? plan?.at ?? 0;
      const [late, lost] = [due + ledgerOverdueMs, due + ledgerMissingMs];
      if (now < lost) {
        counted.waiting += 1;
        if (now >= late) overdue.set(id, (overdue.get(id) ?? 0) + 1);
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
