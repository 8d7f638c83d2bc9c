import type { MuteWindow } from "../mute/muteRule.ts";
import type { Notice, StateView } from "../notice.ts";
import type { Alarm } from "./definition.ts";
import type { Judgement } from "./judge.ts";
import type { AlarmStatus, Contributor } from "./status.ts";

/** The result of an evaluation, or a state that was set by hand. */
export interface Change extends Judgement {
  readonly error?: string | undefined;
  /** For a composite alarm: the alarms that caused the state. */
  readonly children: Notice["children"];
}

/** The state of an alarm for messages. */
export const viewOf = ({ state, reason, transitionedAt }: AlarmStatus): StateView => ({
  value: state,
  reason,
  at: transitionedAt,
});

/** The status after a change, and the notices about contributors that changed. */
export const alarmChange = (
  alarm: Alarm,
  given: { before: AlarmStatus; change: Change; mute: MuteWindow | undefined; now: number },
): { status: AlarmStatus; contributorNotices: readonly Notice[] } => {
  const { before, change, mute, now } = given;
  const { state, reason, isPartial, error, contributors } = change;
  const isTransition = state !== before.state;
  const isUpdate =
    isTransition || reason.text !== before.reason.text || isPartial !== before.isPartial;
  const status = {
    ...before,
    state,
    reason,
    isPartial,
    error,
    contributors,
    transitionedAt: isTransition ? now : before.transitionedAt,
    updatedAt: isUpdate ? now : before.updatedAt,
  };
  if (contributors.size === 0 && before.contributors.size === 0) {
    return { status, contributorNotices: [] };
  }
  const started = [...contributors.values()].filter(({ id }) => !before.contributors.has(id));
  const ended = [...before.contributors.values()].filter(({ id }) => !contributors.has(id));
  const notice = contributorNotice(alarm, { mute, now, isPartial });
  return {
    status,
    contributorNotices: [
      ...started.map((each) => notice(each, { isAlarm: true })),
      ...ended.map((each) => notice(each, { isAlarm: false })),
    ],
  };
};

/** "When you mute a Metrics Insights alarm, all contributor metric series are muted as well." */
const contributorNotice =
  (
    alarm: Alarm,
    { mute, now, isPartial }: { mute: MuteWindow | undefined; now: number; isPartial: boolean },
  ) =>
  (contributor: Contributor, { isAlarm }: { isAlarm: boolean }): Notice => {
    const inAlarm = { value: "ALARM", reason: { text: contributor.reason } } as const;
    const ok = {
      value: "OK",
      reason: { text: "The time series no longer evaluates to ALARM" },
    } as const;
    return {
      alarm,
      previous: { ...(isAlarm ? ok : inAlarm), at: now },
      current: { ...(isAlarm ? inAlarm : ok), at: now },
      contributor,
      isEvent: true,
      hasActions: mute === undefined,
      mute,
      isPartial,
      children: [],
    };
  };
