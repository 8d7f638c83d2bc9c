import type { Section } from "../../bench/report/section.ts";
import { count, cpu, mb, ms } from "../../bench/report/units.ts";
import { lateMs } from "../limits.ts";
import type { LaneResult } from "../measureLoad.ts";
import type { PartResult } from "../runPart.ts";
import { besideMad, judge } from "./verdict.ts";

/** The tables of a report: rates and latencies, the books, and what gave first. */
export const sectionsOf = (results: readonly PartResult[]): Section[] => [
  ratesSection(results),
  booksSection(results),
  boundsSection(results),
];

const rows = (
  results: readonly PartResult[],
  row: (result: PartResult, lane: LaneResult, name: string) => string[],
): string[][] =>
  results.flatMap((result) =>
    result.lanes.map((lane) => {
      const name = result.lanes.length > 1 ? `${result.part}, ${lane.lane.name}` : result.part;
      return row(result, lane, name);
    }),
  );

const ratesSection = (results: readonly PartResult[]): Section => ({
  headings: [
    "Part",
    "documented/s",
    "offered/s",
    "achieved/s",
    "p50 ms",
    "p99 ms",
    "p99.9 ms",
    "max ms",
    "most in transit",
    "CPU ms/unit",
    "memory MB",
  ],
  rows: rows(results, ({ documented, seconds, local }, { lane, books }, name) => [
    name,
    count(documented.perSecond),
    count(lane.rate),
    count(books.delivered / seconds),
    ms(books.latencies.p50Ms),
    ms(books.latencies.p99Ms),
    ms(books.latencies.p999Ms),
    ms(books.latencies.maxMs),
    count(books.backlogMax),
    local === undefined ? "" : cpu(local.cpuMsPerUnit),
    local === undefined ? "" : mb(local.memoryBytes),
  ]),
  note: "Latencies count from the time at which a unit was due, whether or not its sender was late. The achieved rate is that of the delivered units, over the time in which they were due. In transit are accepted units that have not arrived. The processor time is that of the cloud for each delivered unit.",
});

const booksSection = (results: readonly PartResult[]): Section => ({
  headings: [
    "Books",
    "offered",
    "delivered",
    "refused",
    "with the sender",
    "failed",
    "dead letters",
    "waiting",
    "LOST",
    "repeated",
    "sent late",
  ],
  rows: rows(results, (_, { books }, name) => [
    name,
    ...[
      books.offered,
      books.delivered,
      books.refused,
      books.kept,
      books.failed,
      books.deadLetters,
      books.waiting,
      books.lost,
      books.repeated,
      books.late,
    ].map(count),
  ]),
  note: `Each offered unit is in exactly one of the next seven columns. Refused: 429 or 503 with Retry-After. With the sender: not sent, or without an acknowledgement, as in the outbox of a device. Sent late: more than ${lateMs} ms after the due time.`,
});

const boundsSection = (results: readonly PartResult[]): Section => ({
  headings: ["Part", "gave first", "pages", "problems"],
  rows: results.map((result) => {
    const { bound, problems } = judge(result);
    const beside = besideMad(result);
    const others =
      beside === undefined
        ? ""
        : `; p99 of the others ${ms(beside.aloneMs)} ms alone, ${ms(beside.besideMs)} ms beside the mad tenant`;
    return [
      result.part,
      `${bound}${others}`,
      result.local === undefined ? "" : result.local.pages.map(sentenceOf).join("; ") || "none",
      problems.join("; ") || "none",
    ];
  }),
});

/** The sentence of a page, without the alarm and its reason. */
const sentenceOf = (page: string): string => page.split(" (")[0] ?? page;
