import { cpus } from "node:os";

/** The machine of a report. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly node: string;
}

/** Describes the machine that this process runs on. */
export const describeMachine = (): Machine => ({
  cores: cpus().length,
  processor: cpus()[0]?.model.trim() ?? "unknown",
  node: process.version.slice(1),
});
