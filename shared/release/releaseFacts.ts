import type { Fact } from "./model/fact.ts";

/** The facts of releases: rows that are written once. */
export interface ReleaseFacts {
  /** All facts of a release, unordered. Strongly consistent in a region. */
  list(release: string): Promise<Fact[]>;
  /** Adds a fact unless this region has it already. */
  add(fact: Fact): Promise<void>;
}
