import type { Population } from "./population.ts";
import type { recordWrites } from "./recordWrites.ts";

/** Rows of one kind: who writes them, and how often. */
export interface KeyFamily {
  readonly what: string;
  /** What happens while these rows are written, unless it is the usual traffic. */
  readonly during?: string;
  /** Writes a second of the traffic by the adapter of the product. */
  readonly write: (population: Population, recorder: Recorder) => Promise<void>;
}

export type Recorder = Pick<ReturnType<typeof recordWrites>, "tables" | "weigh">;
