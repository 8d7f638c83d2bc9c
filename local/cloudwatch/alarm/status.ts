import type { Suppression } from "../composite/suppression.ts";
import type { AlarmState } from "./evaluate.ts";
import { initialReason, type Reason } from "./reason.ts";

/** A time series of a grouped metric query that is in ALARM. */
export interface Contributor {
  /** Equal for equal attributes. */
  readonly id: string;
  /** The labels of its `GROUP BY`. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly reason: string;
  /** Since when it is in ALARM, in ms since 1970. */
  readonly since: number;
}

/** Actions that were not performed yet. */
export interface PendingActions {
  /** The state of the alarm when the first of them was withheld. */
  readonly from: AlarmState;
  readonly by: "mute" | "suppressor";
}

/** The state of an alarm, and what CloudWatch knows about it. Times are in ms since 1970. */
export interface AlarmStatus {
  readonly state: AlarmState;
  readonly reason: Reason;
  /** When the state changed: `StateTransitionedTimestamp`. */
  readonly transitionedAt: number;
  /** When the state or its reason changed: `StateUpdatedTimestamp`. */
  readonly updatedAt: number;
  /** Whether a limit of metric queries was reached: `PARTIAL_DATA`. */
  readonly isPartial: boolean;
  /** Why the alarm cannot be evaluated: `EVALUATION_ERROR`. */
  readonly error?: string | undefined;
  /** In ALARM, by id. */
  readonly contributors: ReadonlyMap<string, Contributor>;
  readonly pending?: PendingActions | undefined;
  readonly suppression?: Suppression | undefined;
}

/**
 * "When this operation creates an alarm, the alarm state is immediately set to INSUFFICIENT_DATA."
 */
export const initialStatus = (now: number): AlarmStatus => ({
  state: "INSUFFICIENT_DATA",
  reason: initialReason,
  transitionedAt: now,
  updatedAt: now,
  isPartial: false,
  contributors: new Map(),
});
