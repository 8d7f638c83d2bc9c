/** Operations on single alarms. */
export interface AlarmControl {
  /** Whether an alarm exists, has actions, and they are enabled. */
  hasActions(region: string, name: string): Promise<boolean>;
  /**
   * Sets an alarm of the function's region to ALARM until its next evaluation, with a reason. Its
   * actions are performed as if it had started.
   */
  trigger(name: string, reason: string): Promise<void>;
}
