import type { Outcome, Plan } from "./record.ts";

/** What is known of one delivery. */
export interface End {
  readonly state: Outcome["state"];
  readonly at: number;
  readonly due: number;
  readonly failed: number;
}

/** All that is known of one message of an event: its last plan, and what became of each delivery. */
export interface Entry {
  readonly event: string;
  readonly acceptedAt: number;
  readonly plan?: { readonly at: number; readonly to: readonly string[] };
  readonly ends: Readonly<Record<string, End>>;
}

export const keyOf = ({ event, acceptedAt }: Pick<Entry, "event" | "acceptedAt">): string =>
  `${acceptedAt}/${event}`;

/** What a plan says, as an entry. */
export const planned = ({ event, acceptedAt, at, to }: Plan): Entry => ({
  event,
  acceptedAt,
  plan: { at, to: [...to].sort() },
  ends: {},
});

/** What an outcome says, as an entry. */
export const ended = ({
  event,
  acceptedAt,
  integration,
  state,
  at,
  due = at,
  failed,
}: Outcome): Entry => ({
  event,
  acceptedAt,
  ends: { [integration]: { state, at, due, failed } },
});

/**
 * What two entries of the same message say together. The order, repeats and what was joined before change
 * nothing: of plans the last one counts, of what became of a delivery the last that was said, but `delivered` for
 * good, and of its failed attempts the most.
 */
export const joined = (one: Entry, other: Entry): Entry => {
  const plan = laterPlan(one.plan, other.plan);
  const ends: Record<string, End> = { ...one.ends };
  for (const [integration, end] of Object.entries(other.ends)) {
    const before = ends[integration];
    ends[integration] = before === undefined ? end : later(before, end);
  }
  const { event, acceptedAt } = one;
  return { event, acceptedAt, ...(plan && { plan }), ends };
};

const laterPlan = (one: Entry["plan"], other: Entry["plan"]): Entry["plan"] => {
  if (one === undefined || other === undefined) return one ?? other;
  if (one.at !== other.at) return one.at > other.at ? one : other;
  return { at: one.at, to: [...new Set([...one.to, ...other.to])].sort() };
};

const order: readonly End["state"][] = ["waiting", "discarded", "dead", "delivered"];

const later = (one: End, other: End): End => {
  const { state, at, due } = isLater(other, one) ? other : one;
  return { state, at, due, failed: Math.max(one.failed, other.failed) };
};

const isLater = (one: End, than: End): boolean => {
  const [final, thanFinal] = [one.state === "delivered", than.state === "delivered"];
  if (final !== thanFinal) return final;
  if (one.at !== than.at) return one.at > than.at;
  const ranks = order.indexOf(one.state) - order.indexOf(than.state);
  return ranks === 0 ? one.due > than.due : ranks > 0;
};
