import type { AlarmText } from "./alarmText.ts";

/** An alarm of Godwit that is not OK. */
export interface ActiveAlarm {
  readonly name: string;
  readonly region: string;
  /** What its description states; absent if the description has another form. */
  readonly text: AlarmText | undefined;
  readonly state: "ALARM" | "INSUFFICIENT_DATA";
  /** The time of the last change of its state. */
  readonly since: Date;
  /** CloudWatch's explanation of the state. */
  readonly reason: string;
  /**
   * The parts that cause an alarm of a metric query, such as `RuleName=godwit_events`. Empty for
   * other alarms, and if CloudWatch does not return them.
   */
  readonly contributors: readonly string[];
  readonly isComposite: boolean;
  /** The names of the alarms in the rule of a composite alarm that start it. Otherwise empty. */
  readonly members: readonly string[];
  /** Whether it has actions of its own. Others only contribute to a composite alarm. */
  readonly hasActions: boolean;
  /**
   * Whether the alarm performs actions now: it has some, they are enabled, and neither a suppressor
   * nor a mute rule holds them back.
   */
  readonly pages: boolean;
}

/** The states of the alarms whose names start with `Godwit-`. */
export interface AlarmStates {
  /** The alarms of a region that are not OK. Fails if CloudWatch does not return all of them. */
  active(region: string): Promise<readonly ActiveAlarm[]>;
}
