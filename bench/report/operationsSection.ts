import type { Section } from "./section.ts";
import { count, cpu } from "./units.ts";

/** Processor time of one operation, less that of the idle system. */
export interface OperationResult {
  readonly system: string;
  readonly operation: string;
  readonly times: number;
  readonly cpuMs: number;
  /** Processor time per second of the idle system. */
  readonly idleCpuMsPerSecond: number;
}

/** Processor time of each operation. */
export const operationsSection = (all: readonly OperationResult[]): Section => ({
  headings: ["Operation", "system", "times", "CPU ms each", "CPU ms/s idle"],
  rows: all.map(({ operation, system, times, cpuMs, idleCpuMsPerSecond }) => [
    operation,
    system,
    count(times),
    cpu(cpuMs),
    cpu(idleCpuMsPerSecond),
  ]),
  note: "The processor time of the idle system is subtracted.",
});
