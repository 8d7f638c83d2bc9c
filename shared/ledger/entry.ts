import { omitUndefined } from "../platform/omitUndefined.ts";
import type { Metered, Outcome, PlannedDeliveries } from "./record.ts";

/** The latest outcome of one delivery. */
export interface LatestOutcome {
  readonly state: Outcome["state"];
  readonly at: number;
  readonly due: number;
  readonly failed: number;
}

/**
 * The ledger's entry of one message of an event: its last plan, and the latest outcome of each
 * delivery.
 */
export interface LedgerEntry {
  readonly event: string;
  readonly acceptedAt: number;
  readonly plan?: {
    readonly at: number;
    readonly to: readonly string[];
    readonly metered?: Metered;
  };
  readonly outcomes: Readonly<Record<string, LatestOutcome>>;
}

export const entryKey = ({
  event,
  acceptedAt,
}: Pick<LedgerEntry, "event" | "acceptedAt">): string => `${acceptedAt}/${event}`;

/** The entry of planned deliveries. */
export const entryOfPlan = ({
  event,
  acceptedAt,
  at,
  to,
  metered,
}: PlannedDeliveries): LedgerEntry => ({
  event,
  acceptedAt,
  plan: { at, to: [...to].sort(), ...omitUndefined({ metered }) },
  outcomes: {},
});

/** The entry of an outcome. */
export const entryOfOutcome = ({
  event,
  acceptedAt,
  integration,
  state,
  at,
  due = at,
  failed,
}: Outcome): LedgerEntry => ({
  event,
  acceptedAt,
  outcomes: { [integration]: { state, at, due, failed } },
});

/**
 * Merges two entries of the same message. The merge is commutative, associative and idempotent:
 *
 * - The later plan wins.
 * - The later outcome of a delivery wins, but `delivered` is final.
 * - The number of failed attempts is the maximum.
 */
export const mergeEntries = (one: LedgerEntry, other: LedgerEntry): LedgerEntry => {
  const plan = laterPlan(one.plan, other.plan);
  const outcomes: Record<string, LatestOutcome> = { ...one.outcomes };
  for (const [integration, end] of Object.entries(other.outcomes)) {
    const before = outcomes[integration];
    outcomes[integration] = before === undefined ? end : later(before, end);
  }
  const { event, acceptedAt } = one;
  return { event, acceptedAt, ...(plan && { plan }), outcomes };
};

const laterPlan = (one: LedgerEntry["plan"], other: LedgerEntry["plan"]): LedgerEntry["plan"] => {
  if (one === undefined || other === undefined) return one ?? other;
  if (one.at !== other.at) return one.at > other.at ? one : other;
  const metered = one.metered ?? other.metered;
  const to = [...new Set([...one.to, ...other.to])].sort();
  return { at: one.at, to, ...omitUndefined({ metered }) };
};

const order: readonly LatestOutcome["state"][] = ["waiting", "discarded", "dead", "delivered"];

const later = (one: LatestOutcome, other: LatestOutcome): LatestOutcome => {
  const { state, at, due } = isLater(other, one) ? other : one;
  return { state, at, due, failed: Math.max(one.failed, other.failed) };
};

const isLater = (one: LatestOutcome, than: LatestOutcome): boolean => {
  const [final, thanFinal] = [one.state === "delivered", than.state === "delivered"];
  if (final !== thanFinal) return final;
  if (one.at !== than.at) return one.at > than.at;
  const ranks = order.indexOf(one.state) - order.indexOf(than.state);
  return ranks === 0 ? one.due > than.due : ranks > 0;
};
