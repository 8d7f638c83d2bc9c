import type { CloudDeps } from "./cloud/cloudProcess.ts";
import type { DrillContext } from "./context.ts";
import type { EventCounts } from "./load/eventTracker.ts";

/** The short form is what the tests run; the long one is what a person runs to believe it. */
export type Form = "short" | "long";

/** One thing that was promised, beside what was measured. */
export interface Check {
  readonly promised: string;
  readonly measured: string;
  readonly passed: boolean;
  /** It says how fast something was: a machine that has other work may break it. */
  readonly isTiming?: true;
}

/** What a drill found. */
export interface DrillResult {
  readonly checks: readonly Check[];
  /** From the failure until somebody who could act knew of it, and from its end until all was well. */
  readonly timeToDetectMs?: number | undefined;
  readonly timeToRecoverMs?: number | undefined;
  readonly counts?: EventCounts;
  /** What is particular to this drill. */
  readonly details?: Readonly<Record<string, number | string>>;
}

/** A failure that is made on purpose, and what is promised for it. */
export interface Drill {
  readonly name: string;
  /** What happened in that year. */
  readonly incident: string;
  readonly promise: string;
  readonly cloud: CloudDeps;
  /** It has ended by then when all is as promised. */
  readonly secondsMax: Readonly<Record<Form, number>>;
  run(context: DrillContext, form: Form): Promise<DrillResult>;
}
