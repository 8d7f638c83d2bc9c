import type { Books } from "../books/books.ts";
import { madP99FactorMax, madP99FloorMs } from "../limits.ts";
import type { PartResult } from "../runPart.ts";

/** What a run shows about the promises of the cloud. Problems make the exit code 1. */
export interface Verdict {
  /** The bound that gave first, or that none did. */
  readonly bound: string;
  readonly problems: readonly string[];
}

/** Judges the result of a part. */
export const judge = (result: PartResult): Verdict => ({
  bound: firstBound(result),
  problems: [
    ...result.lanes.flatMap(({ lane, books }) =>
      problemsOf(books).map((problem) => `${lane.name}: ${problem}`),
    ),
    ...madProblems(result),
    ...pageProblems(result),
  ],
});

const problemsOf = (books: Books): string[] => {
  const { lost, lostUnits, failed, reasons, despiteRefusal, unknown } = books;
  return [
    ...(lost > 0 ? [`${lost} lost, for example ${lostUnits.slice(0, 5).join(", ")}`] : []),
    ...(failed > 0
      ? [
          `${failed} failed: ${reasons
            .filter(({ result }) => result === "failed")
            .map(({ reason, count }) => `${reason} (${count})`)
            .join("; ")}`,
        ]
      : []),
    ...(despiteRefusal > 0 ? [`${despiteRefusal} executed although they were refused`] : []),
    ...(unknown > 0 ? [`${unknown} arrived or counted that were not offered`] : []),
  ];
};

/**
 * The pager stays silent, unless a customer is harmed: by a loss, an error or a lack of capacity
 * (503). A customer who reaches a limit of their own (429) is not.
 */
const pageProblems = ({ lanes, local }: PartResult): string[] => {
  const isHarmed = lanes.some(
    ({ books }) =>
      books.lost + books.failed + books.deadLetters > 0 ||
      books.reasons.some(({ reason }) => reason.startsWith("503")),
  );
  if (isHarmed || local === undefined) return [];
  return local.pages.map(
    (page) => `a page although no customer was harmed: ${page.split(" (")[0]}`,
  );
};

/** The p99 of the tenants beside the mad one, with it and without it. */
export const besideMad = ({
  lanes,
  alone,
}: Pick<PartResult, "lanes" | "alone">): { aloneMs: number; besideMs: number } | undefined => {
  if (alone === undefined) return undefined;
  const p99 = (all: PartResult["lanes"]): number =>
    Math.max(...all.slice(0, -1).map(({ books }) => books.latencies.p99Ms));
  return { aloneMs: p99(alone), besideMs: p99(lanes) };
};

const madProblems = (result: PartResult): string[] => {
  const found = besideMad(result);
  if (found === undefined) return [];
  const max = Math.max(madP99FactorMax * found.aloneMs, madP99FloorMs);
  const notAccepted = (all: PartResult["lanes"] = []): number =>
    all.slice(0, -1).reduce((sum, { books }) => sum + books.refused + books.kept, 0);
  const more = notAccepted(result.lanes) - notAccepted(result.alone);
  const { aloneMs, besideMs } = found;
  return [
    ...(besideMs > max
      ? [`the p99 of the others rose from ${aloneMs.toFixed(1)} to ${besideMs.toFixed(1)} ms`]
      : []),
    ...(more > 0 ? [`${more} units of the others were refused beside the mad tenant`] : []),
  ];
};

/** The first thing that kept units from being accepted at once. */
const firstBound = ({ lanes }: PartResult): string => {
  const all = lanes
    .flatMap(({ lane, books }) => books.reasons.map((reason) => ({ ...reason, lane: lane.name })))
    .toSorted((a, b) => a.firstMs - b.firstMs);
  const [first] = all;
  if (first !== undefined) {
    const { reason, firstMs, lane } = first;
    const whose = lanes.length > 1 ? ` (${lane})` : "";
    return `${reason}${whose}, after ${(firstMs / 1_000).toFixed(1)} s`;
  }
  const late = lanes.reduce((sum, { books }) => sum + books.late, 0);
  const backlog = Math.max(...lanes.map(({ books }) => books.backlogMax));
  if (late > 0) return `none of the cloud: the sender was late with ${late} units`;
  return backlog > 0 ? `none; at most ${backlog} units in transit` : "none";
};
