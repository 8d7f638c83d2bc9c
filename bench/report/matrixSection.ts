import type { RateResult } from "../latency/rates.ts";
import type { Section } from "./section.ts";
import { count, cpu, mb, ms } from "./units.ts";

/** Result of one case. */
export type CaseResult = Omit<RateResult, "system" | "rate"> & { readonly name: string };

/** Results of the cases of the matrix. */
export const matrixSection = (cases: readonly CaseResult[], rate: number): Section => ({
  headings: [
    `${count(rate)} events/s`,
    "CPU ms/event",
    "p50 ms",
    "p99 ms",
    "memory MB",
    "lost",
    "twice",
  ],
  rows: cases.map((one) => [
    one.name,
    cpu(one.cpuMsPerEvent),
    ms(one.p50Ms),
    ms(one.p99Ms),
    mb(one.memoryBytes),
    count(one.lost),
    count(one.duplicated),
  ]),
  note: "Base case: as few devices as the quota of 100 publishes per second and connection permits, one fleet, two integrations of which one matches, a response with a body. With many integrations, one of them matches each event. With many fleets, each has one device and its own integrations.",
});
