import type { Check, Form } from "./checks.ts";
import type { CloudDeps } from "./cloud/cloudProcess.ts";
import type { DrillContext } from "./context.ts";
import type { EventCounts } from "./load/eventTracker.ts";
import type { PagePromise } from "./pageWatch.ts";

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
  /**
   * The alarms that page, and that may. Any other page fails the drill. Without it, and in a form
   * for which it has no promise, the report lists the pages.
   */
  readonly pages?: PagePromise;
  readonly cloud: CloudDeps;
  /** Upper bound of its duration if every promise holds. */
  readonly secondsMax: Readonly<Record<Form, number>>;
  run(context: DrillContext, form: Form): Promise<DrillResult>;
}
