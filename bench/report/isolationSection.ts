import { percentile } from "../statistics.ts";
import type { Section } from "./section.ts";
import { count, ms } from "./units.ts";

/** Latencies of the healthy target. */
export interface IsolationResult {
  readonly rate: number;
  readonly otherRate: number;
  readonly published: number;
  readonly alone: { readonly latenciesMs: readonly number[]; readonly lost: number };
  readonly beside: { readonly latenciesMs: readonly number[]; readonly lost: number };
  /** The first seconds, in which circuit breakers open and workers start, and the rest. */
  readonly onset: readonly number[];
  readonly afterOnset: readonly number[];
}

/** Latencies of the healthy target, alone and beside failing targets. */
export const isolationSection = (one: IsolationResult): Section => {
  const row = (name: string, latencies: readonly number[], lost: string): string[] => [
    name,
    count(latencies.length),
    ms(percentile(latencies, 0.5)),
    ms(percentile(latencies, 0.99)),
    lost,
  ];
  return {
    headings: [
      `Healthy target, ${count(one.rate)} events/s`,
      "arrived",
      "p50 ms",
      "p99 ms",
      "lost",
    ],
    rows: [
      row("alone", one.alone.latenciesMs, count(one.alone.lost)),
      row(
        `beside ${count(one.otherRate)} events/s to a target that hangs and one that refuses`,
        one.beside.latenciesMs,
        count(one.beside.lost),
      ),
      row("of these, in the first seconds", one.onset, ""),
      row("after that", one.afterOnset, ""),
    ],
    note: "Half of the other events go to each failing target. In the first seconds their circuit breakers open.",
  };
};
