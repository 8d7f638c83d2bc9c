import type { Alarm } from "./alarm/definition.ts";
import type { AlarmState } from "./alarm/evaluate.ts";
import type { Reason } from "./alarm/reason.ts";
import type { Contributor } from "./alarm/status.ts";
import type { Suppression } from "./composite/suppression.ts";
import type { MuteWindow } from "./mute/muteRule.ts";

/** A state of an alarm or a contributor, for messages. */
export interface StateView {
  readonly value: AlarmState;
  readonly reason: Reason;
  /** In ms since 1970. */
  readonly at: number;
}

/** A change of an alarm or of a contributor, from which messages are made. */
export interface Notice {
  readonly alarm: Alarm;
  readonly previous: StateView;
  readonly current: StateView;
  readonly contributor?: Contributor;
  /** Whether EventBridge receives an event. */
  readonly isEvent: boolean;
  /** Whether the actions of the state are performed. */
  readonly hasActions: boolean;
  readonly suppression?: Suppression | undefined;
  readonly mute?: MuteWindow | undefined;
  readonly isPartial: boolean;
  /** For a composite alarm: the alarms that caused the state. */
  readonly children: readonly { readonly arn: string; readonly state: StateView }[];
}
