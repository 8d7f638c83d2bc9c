import { longTime } from "./alarm/reason.ts";
import { historyMax } from "./limits.ts";
import type { Notice, StateView } from "./notice.ts";
import type { Outgoing } from "./outbox.ts";

/** An entry of `DescribeAlarmHistory`. */
export interface HistoryItem {
  readonly alarm: string;
  readonly alarmType: "MetricAlarm" | "CompositeAlarm";
  readonly contributor?: { readonly id: string; readonly attributes: object };
  /** In ms since 1970. */
  readonly at: number;
  readonly type:
    | "StateUpdate"
    | "Action"
    | "AlarmContributorStateUpdate"
    | "AlarmContributorAction";
  readonly summary: string;
  /** JSON. */
  readonly data: string;
}

/** The latest state changes and actions of all alarms, in memory only. */
export class History {
  #items: HistoryItem[] = [];

  /** The entries, newest first. */
  get items(): readonly HistoryItem[] {
    return this.#items.toReversed();
  }

  addChange({ alarm, previous, current, contributor, isEvent }: Notice): void {
    if (!isEvent || previous.value === current.value) return;
    const state = ({ value, reason }: StateView) => ({
      stateValue: value,
      stateReason: reason.text,
      ...(reason.data !== undefined && { stateReasonData: JSON.parse(reason.data) }),
    });
    const { id, attributes } = contributor ?? {};
    this.#add({
      alarm: alarm.name,
      alarmType: alarm.kind === "metric" ? "MetricAlarm" : "CompositeAlarm",
      ...(id !== undefined && attributes && { contributor: { id, attributes } }),
      at: current.at,
      type: contributor ? "AlarmContributorStateUpdate" : "StateUpdate",
      summary: contributor
        ? `Contributor state updated to ${current.value}`
        : `Alarm updated from ${previous.value} to ${current.value}`,
      data: JSON.stringify({ version: "1.0", oldState: state(previous), newState: state(current) }),
    });
  }

  /** An action that succeeded or failed. */
  addAction(
    message: Extract<Outgoing, { kind: "action" }>,
    { at, isComposite, error }: { at: number; isComposite: boolean; error?: string | undefined },
  ): void {
    const { topicArn } = message;
    this.#add({
      alarm: message.alarm,
      alarmType: isComposite ? "CompositeAlarm" : "MetricAlarm",
      ...(message.contributorId !== undefined && {
        contributor: { id: message.contributorId, attributes: {} },
      }),
      at,
      type: message.contributorId === undefined ? "Action" : "AlarmContributorAction",
      summary: `${error === undefined ? "Successfully executed" : "Failed to execute"} action ${topicArn}`,
      data: JSON.stringify({
        actionState: error === undefined ? "Succeeded" : "Failed",
        notificationResource: topicArn,
        publishedMessage: message.message,
        ...(error !== undefined && { error }),
        stateUpdateTimestamp: longTime(at),
      }),
    });
  }

  #add(item: HistoryItem): void {
    this.#items.push(item);
    if (this.#items.length > historyMax) this.#items = this.#items.slice(-historyMax / 2);
  }
}
