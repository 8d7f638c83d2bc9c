import type { Usage } from "../system/usage.ts";
import type { Section } from "./section.ts";
import { count, mb } from "./units.ts";

/** Memory of one system. */
export interface MemoryResult {
  readonly system: string;
  readonly idle: Usage;
  readonly rate: number;
  /** Maximum under load. */
  readonly loadedBytes: number;
  readonly loadedThreads: number;
  /** After the load. */
  readonly after: Usage;
  /** Growth per open event stream; the reference has no streams. */
  readonly streams?: {
    readonly number: number;
    readonly bytesEach: number;
    readonly threads: number;
  };
}

/** Memory of each system. */
export const memorySection = (all: readonly MemoryResult[]): Section => ({
  headings: [
    "Memory (resident)",
    "idle MB",
    "under load MB (maximum)",
    "after MB",
    "threads idle / load",
    "MB per open event stream",
  ],
  rows: all.map(({ system, idle, rate, loadedBytes, loadedThreads, after, streams }) => [
    `${system}, ${count(rate)} events/s`,
    mb(idle.memoryBytes),
    mb(loadedBytes),
    mb(after.memoryBytes),
    `${idle.threads} / ${loadedThreads}`,
    streams === undefined
      ? ""
      : `${(streams.bytesEach / 1e6).toFixed(1)} (${streams.number} streams)`,
  ]),
});
