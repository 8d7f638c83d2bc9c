import type { Fact } from "./fact.ts";

type Of<Kind extends Fact["kind"]> = Extract<Fact, { readonly kind: Kind }>;

export const phases = [
  "enrolling",
  "running",
  "halted",
  "rolling_back",
  "rolled_back",
  "cancelled",
  "superseded",
  "completed",
] as const;

export type Phase = (typeof phases)[number];

/** What the facts of a release say. */
export interface ReleaseStatus {
  readonly phase: Phase;
  readonly enrolled?: Of<"enrolled"> | undefined;
  /** When each open wave was opened. */
  readonly waves: ReadonlyMap<number, number>;
  /** The halts that no person has ended, oldest first. */
  readonly halts: readonly Of<"halted">[];
  /** When a person last resumed it: earlier assessments are judged already. */
  readonly resumedAt?: number | undefined;
  readonly rollback?: Of<"rollback"> | undefined;
  readonly ended?: Of<"cancelled" | "superseded" | "completed"> | undefined;
}

/**
 * The status of a release: a pure function of the set of its facts. A fact that two regions have
 * written counts once, with its earliest time. A halt holds until a resume names it, whatever waves
 * are open.
 */
export const foldFacts = (facts: readonly Fact[]): ReleaseStatus => {
  const earliest = facts.toSorted(byTime);
  const first = <Kind extends Fact["kind"]>(kind: Kind): Of<Kind> | undefined =>
    earliest.find((one): one is Of<Kind> => one.kind === kind);
  const resumed = new Set(facts.flatMap((one) => (one.kind === "resumed" ? [one.halt] : [])));
  const waves = new Map<number, number>();
  const halts = new Map<string, Of<"halted">>();
  for (const one of earliest) {
    if (one.kind === "wave" && !waves.has(one.wave)) waves.set(one.wave, one.at);
    if (one.kind === "halted" && !resumed.has(one.halt) && !halts.has(one.halt)) {
      halts.set(one.halt, one);
    }
  }
  const enrolled = first("enrolled");
  const rollback = first("rollback");
  const ended = first("cancelled") ?? first("superseded") ?? first("completed");
  const resumedAt = facts.reduce<number | undefined>(
    (last, one) => (one.kind === "resumed" ? Math.max(last ?? 0, one.at) : last),
    undefined,
  );
  const known = { waves, halts: [...halts.values()], enrolled, rollback, ended, resumedAt };
  const isBack = first("rolled_back") !== undefined;
  return { phase: phaseOf({ ...known, isBack }), ...known };
};

const phaseOf = ({
  enrolled,
  rollback,
  ended,
  halts,
  isBack,
}: Omit<ReleaseStatus, "phase"> & { readonly isBack: boolean }): Phase => {
  if (rollback !== undefined) return isBack ? "rolled_back" : "rolling_back";
  if (ended !== undefined && ended.kind !== "completed") return ended.kind;
  // The halt wins: a region may complete a release that another one has just halted.
  if (halts.length > 0) return "halted";
  if (ended !== undefined) return "completed";
  return enrolled === undefined ? "enrolling" : "running";
};

const byTime = (one: Fact, other: Fact): number =>
  one.at - other.at || (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);

/** Whether a release offers its version to further devices. */
export const isOffering = ({ phase }: Pick<ReleaseStatus, "phase">): boolean => phase === "running";

/** Whether a release has ended: nothing more will happen to its devices. */
export const isEnded = ({ phase }: Pick<ReleaseStatus, "phase">): boolean =>
  phase === "completed" ||
  phase === "cancelled" ||
  phase === "superseded" ||
  phase === "rolled_back";
