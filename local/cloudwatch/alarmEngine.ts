import { alarmChange, type Change, viewOf } from "./alarm/change.ts";
import type { Alarm, CompositeAlarm, MetricAlarm } from "./alarm/definition.ts";
import { judge, windowEnd } from "./alarm/judge.ts";
import type { Reason } from "./alarm/reason.ts";
import { type AlarmStatus, initialStatus, type PendingActions } from "./alarm/status.ts";
import { isWarmingUp } from "./alarm/warmUp.ts";
import { alarmsOf } from "./composite/alarmRule.ts";
import { type Child, judgeComposite } from "./composite/judgeComposite.ts";
import { inRuleOrder } from "./composite/order.ts";
import { hasExpired, onCompositeChange, onSuppressorChange } from "./composite/suppression.ts";
import type { Metric } from "./metric/metric.ts";
import type { MetricStore } from "./metric/metricStore.ts";
import { type MuteRule, type MuteWindow, windowOf } from "./mute/muteRule.ts";
import type { Notice } from "./notice.ts";

export interface AlarmEngineDeps {
  readonly store: Pick<MetricStore, "find" | "select">;
  /** The service quota of a usage metric; `undefined` if it has none. */
  readonly quotaOf: (metric: Metric) => number | undefined;
  /** Called when an alarm cannot be evaluated, once until it can be again. */
  readonly onError: (alarm: Alarm, error: Error) => void;
}

/** An alarm with its status. */
export interface AlarmEntry {
  alarm: Alarm;
  status: AlarmStatus;
  /** When its evaluation began, in ms since 1970. */
  startedAt: number;
  /** Whether the status is one of an earlier start, or of the time before a gap. */
  isRestored: boolean;
}

/**
 * The alarms of a region. It has no timer and no clock: each method gets the time, in ms since
 * 1970, so that hours take milliseconds in a test. Its changes are collected as
 * notices.
 */
export class AlarmEngine {
  readonly #deps: AlarmEngineDeps;
  readonly #entries = new Map<string, AlarmEntry>();
  readonly #byArn = new Map<string, AlarmEntry>();
  readonly #muteRules = new Map<string, MuteRule>();
  #composites: readonly CompositeAlarm[] = [];
  /** The states of the children of each composite alarm at its last evaluation. */
  readonly #childStates = new Map<string, string>();
  #notices: Notice[] = [];

  constructor(deps: AlarmEngineDeps) {
    this.#deps = deps;
  }

  /** Adds an alarm, with its status of an earlier start if there is one. */
  put(alarm: Alarm, now: number, restored?: AlarmStatus): void {
    if (this.#entries.has(alarm.name)) throw new Error(`the alarm ${alarm.name} exists already`);
    const status = restored ?? initialStatus(now);
    const entry = { alarm, status, startedAt: now, isRestored: restored !== undefined };
    this.#entries.set(alarm.name, entry);
    this.#byArn.set(alarm.arn, entry);
  }

  putMuteRule(rule: MuteRule): void {
    this.#muteRules.set(rule.name, rule);
  }

  /** "Any alarms that are currently being muted by that rule are immediately unmuted." */
  deleteMuteRule(name: string, now: number): void {
    if (this.#muteRules.delete(name)) this.settle(now);
  }

  get muteRules(): readonly MuteRule[] {
    return [...this.#muteRules.values()];
  }

  /** All alarms, by name. */
  get entries(): readonly Readonly<AlarmEntry>[] {
    return [...this.#entries.values()].toSorted((one, other) =>
      one.alarm.name < other.alarm.name ? -1 : 1,
    );
  }

  /** An alarm by its name or ARN. */
  find(alarm: string): Readonly<AlarmEntry> | undefined {
    return this.#find(alarm);
  }

  #find(alarm: string): AlarmEntry | undefined {
    return this.#entries.get(alarm) ?? this.#byArn.get(alarm);
  }

  /**
   * Begins to evaluate, after all alarms were added. Fails when a composite alarm refers to an
   * alarm that does not exist, and when composite alarms depend on each other.
   */
  start(now: number): void {
    for (const entry of this.#entries.values()) entry.startedAt = now;
    const alarms = [...this.#entries.values()].map(({ alarm }) => alarm);
    this.#composites = inRuleOrder(alarms.filter((alarm) => alarm.kind === "composite"));
    for (const { name, rule, suppressor } of this.#composites) {
      const needed = [...alarmsOf(rule), ...(suppressor ? [suppressor.alarm] : [])];
      const missing = needed.find((each) => this.#find(each) === undefined);
      if (missing !== undefined) throw new Error(`${name}: there is no alarm ${missing}`);
    }
  }

  /** All alarms wait for data: the metrics of the last minutes are missing. */
  warmUp(now: number): void {
    for (const entry of this.#entries.values()) {
      entry.startedAt = now;
      entry.isRestored = true;
    }
  }

  /** Evaluates all alarms for the minute that has ended at `minute`. */
  evaluate(minute: number, now: number): void {
    for (const entry of this.#entries.values()) {
      if (entry.alarm.kind === "metric") this.#evaluateMetric(entry, entry.alarm, { minute, now });
    }
    this.#evaluateComposites(now);
    this.settle(now);
  }

  #evaluateMetric(
    entry: AlarmEntry,
    alarm: MetricAlarm,
    { minute, now }: { minute: number; now: number },
  ): void {
    const end = windowEnd(alarm, minute);
    if (end === undefined) return;
    try {
      if (isWarmingUp(alarm, { ...entry, end, now, ...this.#deps })) return;
      const judged = judge(alarm, entry.status, { end, now, ...this.#deps });
      this.#change(entry, { ...judged, error: undefined, children: [] }, now);
    } catch (error) {
      const fault = error instanceof Error ? error : new Error(String(error));
      if (entry.status.error === undefined) this.#deps.onError(alarm, fault);
      entry.status = { ...entry.status, error: fault.message };
    }
  }

  #evaluateComposites(now: number): void {
    const childOf = (alarm: string): Child | undefined => {
      const found = this.#find(alarm);
      return found && { arn: found.alarm.arn, status: found.status };
    };
    for (const composite of this.#composites) {
      const entry = this.#find(composite.name);
      if (entry === undefined) continue;
      const children = alarmsOf(composite.rule).map((child) => childOf(child)?.status.state);
      const seen = children.join();
      // "It returns to its actual state only once any of its children alarms change state."
      if (this.#childStates.get(composite.name) === seen) continue;
      this.#childStates.set(composite.name, seen);
      const isNew = entry.status.state === "INSUFFICIENT_DATA";
      const judged = judgeComposite(composite, childOf, { isNew });
      if (judged.state === entry.status.state) continue;
      const { status } = entry;
      this.#change(entry, { ...judged, isPartial: false, contributors: status.contributors }, now);
    }
  }

  /**
   * Sets the state of an alarm until its next evaluation. Actions are performed if it changes.
   * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
   */
  setState(
    name: string,
    { state, reason }: { state: AlarmStatus["state"]; reason: Reason },
    now: number,
  ): void {
    const entry = this.#find(name);
    if (entry === undefined) throw new Error(`there is no alarm ${name}`);
    const { isPartial, contributors } = entry.status;
    if (state === entry.status.state) return;
    this.#change(entry, { state, reason, isPartial, contributors, children: [] }, now);
    this.#evaluateComposites(now);
    this.settle(now);
  }

  /** Whether the actions of an alarm are performed: `EnableAlarmActions`. */
  setActionsEnabled(name: string, actionsEnabled: boolean): void {
    const entry = this.#find(name);
    if (entry !== undefined) entry.alarm = { ...entry.alarm, actionsEnabled };
  }

  #change(entry: AlarmEntry, change: Change, now: number): void {
    const { alarm, status: before } = entry;
    const mute = this.#muteOf(alarm.name, now);
    const changed = alarmChange(alarm, { before, change, mute, now });
    entry.status = changed.status;
    this.#notices.push(...changed.contributorNotices);
    if (changed.status.state === before.state) return;
    const suppression = this.#suppressionAfterChange(alarm, now);
    const isSuppressed = suppression !== undefined && !hasExpired(suppression, now);
    const held = isSuppressed ? "suppressor" : undefined;
    const by: PendingActions["by"] | undefined = mute ? "mute" : held;
    const pending = by && { from: before.pending?.from ?? before.state, by };
    entry.status = { ...entry.status, suppression, pending };
    this.#notices.push({
      alarm,
      previous: viewOf(before),
      current: viewOf(entry.status),
      isEvent: true,
      hasActions: by === undefined,
      suppression: by === "suppressor" ? suppression : undefined,
      mute,
      isPartial: change.isPartial,
      children: change.children,
    });
  }

  #suppressionAfterChange(alarm: Alarm, now: number): AlarmStatus["suppression"] {
    if (alarm.kind !== "composite" || alarm.suppressor === undefined) return undefined;
    const isSuppressing = this.#find(alarm.suppressor.alarm)?.status.state === "ALARM";
    return onCompositeChange({ isSuppressing, waitMs: alarm.suppressor.waitMs, now });
  }

  /**
   * Ends periods of suppression and mute windows: the withheld actions are performed. Call it at
   * `nextExpiry` and after each evaluation.
   */
  settle(now: number): void {
    for (const entry of this.#entries.values()) {
      this.#updateSuppression(entry, now);
      if (entry.status.pending !== undefined) this.#release(entry, now);
    }
  }

  #updateSuppression(entry: AlarmEntry, now: number): void {
    const { alarm, status } = entry;
    if (alarm.kind !== "composite" || alarm.suppressor === undefined) return;
    const isSuppressing = this.#find(alarm.suppressor.alarm)?.status.state === "ALARM";
    const { extensionMs } = alarm.suppressor;
    const next = onSuppressorChange(status.suppression, { isSuppressing, extensionMs, now });
    const suppression = hasExpired(next, now) ? undefined : next;
    if (suppression !== status.suppression) entry.status = { ...status, suppression };
  }

  /** Performs withheld actions, unless they are still withheld. */
  #release(entry: AlarmEntry, now: number): void {
    const { alarm, status } = entry;
    const { pending, suppression } = status;
    if (pending === undefined || this.#muteOf(alarm.name, now) !== undefined) return;
    if (suppression !== undefined) return;
    entry.status = { ...status, pending: undefined };
    // After a mute window, "the alarm action is executed because … the alarm remains in the same
    // state in which it was originally muted". After a period of suppression, composite alarms
    // "take actions that are based on their current states".
    const hasActions = pending.by === "suppressor" || status.state !== pending.from;
    const current = viewOf(entry.status);
    this.#notices.push({
      alarm,
      previous: { ...current, value: pending.from },
      current,
      isEvent: pending.by === "suppressor",
      hasActions,
      isPartial: status.isPartial,
      children: [],
    });
  }

  /** The open mute window of an alarm that ends last. */
  #muteOf(name: string, now: number): MuteWindow | undefined {
    let found: MuteWindow | undefined;
    for (const rule of this.#muteRules.values()) {
      if (!rule.targets.has(name)) continue;
      const window = windowOf(rule, now);
      if (window !== undefined && (found === undefined || window.end > found.end)) found = window;
    }
    return found;
  }

  /** The time of the next end of a period of suppression; `undefined` if there is none. */
  get nextExpiry(): number | undefined {
    let next: number | undefined;
    for (const { status } of this.#entries.values()) {
      const { suppression } = status;
      if (suppression === undefined || suppression.by === "Alarm") continue;
      next = Math.min(next ?? suppression.until, suppression.until);
    }
    return next;
  }

  /** The notices since the last call, in their order. */
  takeNotices(): readonly Notice[] {
    const taken = this.#notices;
    this.#notices = [];
    return taken;
  }
}
