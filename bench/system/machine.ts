import { cpus } from "node:os";

/** What a report says of the machine that it was made on. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly node: string;
}

/** The machine that this runs on. */
export const describeMachine = (): Machine => ({
  cores: cpus().length,
  processor: cpus()[0]?.model.trim() ?? "unknown",
  node: process.version.slice(1),
});
