import type { CloudDeps } from "./cloud/cloudProcess.ts";
import type { DrillContext } from "./context.ts";
import type { EventCounts } from "./load/eventTracker.ts";

/** The tests run the short form, `npm run drill` the long one. */
export type Form = "short" | "long";

/** A promise and its measurement. */
export interface Check {
  readonly promised: string;
  readonly measured: string;
  readonly passed: boolean;
  /** The check measures a time: other processes on the machine can make it fail. */
  readonly isTiming?: true;
}

/** Result of a drill. */
export interface DrillResult {
  readonly checks: readonly Check[];
  /** From the failure until its detection. */
  readonly timeToDetectMs?: number | undefined;
  /** From the end of the failure until full recovery. */
  readonly timeToRecoverMs?: number | undefined;
  readonly counts?: EventCounts;
  /** Further measurements of this drill, by name. */
  readonly details?: Readonly<Record<string, number | string>>;
}

/** A deliberate failure and the promise for it. */
export interface Drill {
  readonly name: string;
  /** The real incident that the drill replays. */
  readonly incident: string;
  readonly promise: string;
  readonly cloud: CloudDeps;
  /** Upper bound of its duration if every promise holds. */
  readonly secondsMax: Readonly<Record<Form, number>>;
  run(context: DrillContext, form: Form): Promise<DrillResult>;
}
