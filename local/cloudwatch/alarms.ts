import { RestFailure } from "../http/restFailure.ts";
import type { Log } from "../platform/log.ts";
import type { DiskSpace } from "../state/diskSpace.ts";
import type { Alarm, MetricAlarm } from "./alarm/definition.ts";
import { lookBackMs } from "./alarm/definition.ts";
import type { AlarmState } from "./alarm/evaluate.ts";
import type { Reason } from "./alarm/reason.ts";
import { metricQueriesOf, metricsOf } from "./alarm/source.ts";
import type { AlarmStatus } from "./alarm/status.ts";
import { AlarmEngine, type AlarmEntry } from "./alarmEngine.ts";
import { type AlarmFile, noAlarmFile, openAlarmFile } from "./alarmFile.ts";
import type { AlarmOutlets } from "./delivery.ts";
import { History, type HistoryItem } from "./history.ts";
import { actionRetryMs, alarmsMax, muteRulesMax, waitingMessagesMax } from "./limits.ts";
import type { Metric } from "./metric/metric.ts";
import type { MetricStore } from "./metric/metricStore.ts";
import type { MuteRule } from "./mute/muteRule.ts";
import { messagesOf, type Outgoing } from "./outbox.ts";

export interface AlarmsOptions {
  /** The folder for the states of the alarms; without it, they do not survive a restart. */
  readonly folder: string | undefined;
  readonly region: string;
  readonly account: string;
  readonly store: Pick<MetricStore, "find" | "select" | "register">;
  readonly quotaOf: (metric: Metric) => number | undefined;
  readonly outlets: AlarmOutlets;
  /** The time in ms since 1970. */
  readonly now: () => number;
  readonly space: DiskSpace;
  readonly log: Log;
}

/**
 * The alarms of a region with their actions. A state change is stored before its messages are
 * delivered, so that a crash repeats a message and loses none.
 */
export interface Alarms {
  put(alarm: Alarm): void;
  putMuteRule(rule: MuteRule): void;
  deleteMuteRule(name: string): Promise<void>;
  readonly muteRules: readonly MuteRule[];
  /** All alarms, by name. */
  readonly entries: readonly Readonly<AlarmEntry>[];
  /** An alarm by its name or ARN. */
  find(alarm: string): Readonly<AlarmEntry> | undefined;
  readonly history: readonly HistoryItem[];
  /** Begins to evaluate, and delivers the messages of an earlier start. */
  start(): Promise<void>;
  evaluate(minute: number): Promise<void>;
  settle(): Promise<void>;
  /** Called when no metrics were collected for minutes: alarms wait for data, as after a start. */
  onGap(): void;
  nextExpiry(): number | undefined;
  setState(name: string, given: { state: AlarmState; reason: Reason }): Promise<void>;
  setActionsEnabled(name: string, isEnabled: boolean): void;
  save(): Promise<void>;
}

export const openAlarms = async (options: AlarmsOptions): Promise<Alarms> => {
  const { folder, store, quotaOf, now, log } = options;
  const file = folder === undefined ? noAlarmFile : openAlarmFile(folder, log);
  const restored = await file.read();
  const engine = new AlarmEngine({
    store,
    quotaOf,
    onError: ({ name }, error) =>
      log("an alarm cannot be evaluated", { alarm: name, error: error.message }, "error"),
  });
  const history = new History();
  const { deliver, save } = deliverer(options, { engine, history, file, outbox: restored.outbox });
  const change =
    <Args extends unknown[]>(run: (...args: Args) => void) =>
    async (...args: Args): Promise<void> => {
      run(...args);
      await deliver();
    };
  return {
    put(alarm) {
      if (engine.entries.length >= alarmsMax) throw new Error(`more than ${alarmsMax} alarms`);
      if (alarm.kind === "metric") registerMetrics(store, alarm);
      engine.put(alarm, now(), restored.statuses.get(alarm.name));
    },
    putMuteRule(rule) {
      const isNew = engine.muteRules.every(({ name }) => name !== rule.name);
      if (isNew && engine.muteRules.length >= muteRulesMax) {
        throw new Error(`more than ${muteRulesMax} mute rules`);
      }
      engine.putMuteRule(rule);
    },
    get muteRules() {
      return engine.muteRules;
    },
    get entries() {
      return engine.entries;
    },
    get history() {
      return history.items;
    },
    find: (alarm) => engine.find(alarm),
    start: change(() => engine.start(now())),
    evaluate: change((minute) => engine.evaluate(minute, now())),
    settle: change(() => engine.settle(now())),
    deleteMuteRule: change((name) => engine.deleteMuteRule(name, now())),
    setState: change((name, given) => engine.setState(name, given, now())),
    nextExpiry: () => engine.nextExpiry,
    onGap: () => engine.warmUp(now()),
    setActionsEnabled: (name, isEnabled) => engine.setActionsEnabled(name, isEnabled),
    save,
  };
};

interface DelivererDeps {
  readonly engine: AlarmEngine;
  readonly history: History;
  readonly file: AlarmFile;
  /** The messages that an earlier start did not deliver. */
  readonly outbox: readonly Outgoing[];
}

/** Stores changes of the engine, then delivers their messages. */
const deliverer = (
  options: AlarmsOptions,
  { engine, history, file, outbox: undelivered }: DelivererDeps,
) => {
  const { space, log } = options;
  let outbox: Outgoing[] = [...undelivered];
  const save = () =>
    space.retryWhileFull(() =>
      file.write({
        statuses: new Map<string, AlarmStatus>(
          engine.entries.map(({ alarm, status }) => [alarm.name, status]),
        ),
        outbox,
      }),
    );
  const isComposite = (alarm: string) => engine.find(alarm)?.alarm.kind === "composite";
  const send = sender(options, { history, isComposite });
  const deliver = async (): Promise<void> => {
    const notices = engine.takeNotices();
    for (const notice of notices) {
      history.addChange(notice);
      logChange(log, notice);
      outbox.push(...messagesOf(notice, options));
    }
    if (notices.length > 0) await save();
    if (outbox.length === 0) return;
    const waiting: Outgoing[] = [];
    for (const message of outbox) if ((await send(message)) === "later") waiting.push(message);
    const isChanged = waiting.length !== outbox.length;
    outbox = waiting.slice(-waitingMessagesMax);
    if (outbox.length < waiting.length) {
      log("messages of alarms lost", { count: waiting.length - outbox.length }, "error");
    }
    if (isChanged) await save();
  };
  return { deliver, save };
};

const registerMetrics = (store: Pick<MetricStore, "register">, alarm: MetricAlarm): void => {
  const look = { lookBackMs: lookBackMs(alarm) };
  for (const { metric, statistic } of metricsOf(alarm.query)) {
    const { namespace, name } = metric;
    store.register({ namespace, name, needsValues: statistic.needsValues, ...look });
  }
  for (const { namespace, metricName } of metricQueriesOf(alarm.query)) {
    store.register({ namespace, name: metricName, needsValues: false, ...look });
  }
};

const logChange = (
  log: Log,
  { alarm, previous, current, contributor, isEvent }: Parameters<typeof messagesOf>[0],
): void => {
  const isFirst = previous.value === "INSUFFICIENT_DATA" && current.value === "OK";
  if (!isEvent || previous.value === current.value || isFirst) return;
  const fields = {
    alarm: alarm.name,
    state: current.value,
    reason: current.reason.text,
    ...(contributor && { contributor: Object.values(contributor.attributes).join(", ") }),
  };
  log("alarm changed", fields, current.value === "ALARM" ? "warn" : "info");
};

/**
 * Delivers a message. One that SNS refuses is logged, as CloudWatch "doesn't detect errors". While
 * SNS does not answer, an action is repeated at the next minute, for an hour: AWS does not document
 * for how long CloudWatch tries.
 */
const sender =
  (
    { outlets, now, log }: AlarmsOptions,
    { history, isComposite }: { history: History; isComposite: (alarm: string) => boolean },
  ) =>
  async (message: Outgoing): Promise<"done" | "later"> => {
    if (message.kind === "event") {
      const { source, detailType, detail, resources, time } = message;
      outlets.putEvent({ source, detailType, detail, resources, time: new Date(time) });
      return "done";
    }
    const { topicArn, subject, message: text, alarm, alarmArn } = message;
    const publisher = { service: "cloudwatch.amazonaws.com", sourceArn: alarmArn };
    const done = { isComposite: isComposite(alarm) };
    try {
      await outlets.publish(topicArn, { subject, message: text }, publisher);
      history.addAction(message, { at: now(), ...done });
    } catch (error) {
      if (isUnavailable(error) && now() < message.at + actionRetryMs) return "later";
      const reason = error instanceof Error ? error.message : String(error);
      history.addAction(message, { at: now(), ...done, error: reason });
      log("an alarm's action failed", { alarm, topic: topicArn, error: reason }, "error");
    }
    return "done";
  };

/** Whether a service did not answer, or failed. A refusal is final. */
const isUnavailable = (error: unknown): boolean =>
  !(error instanceof RestFailure) || error.status >= 500;
