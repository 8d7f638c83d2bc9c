import { randomUUID } from "node:crypto";
import type { Log } from "../../platform/log.ts";
import { rateLimitedLog } from "../../platform/rateLimitedLog.ts";
import { type DiskSpace, openDiskSpace } from "../../state/diskSpace.ts";
import { billedMessages, type Counts } from "../counts.ts";
import { actionAttemptMs, actionAttemptsMax, actionWaitMs } from "../limits.ts";
import { basicIngest, topicMatcher } from "../topic.ts";
import type { Action } from "./action.ts";
import { type Backpressure, createBackpressure } from "./backpressure.ts";
import { type RuleMessage, SqlEvaluationError } from "./expression.ts";
import {
  type ActionMeter,
  newActionMeter,
  openRuleMeters,
  type RuleMeter,
  type RuleMeters,
} from "./ruleMeter.ts";
import type { Query } from "./sql.ts";

export interface Rule {
  readonly name: string;
  readonly query: Query;
  readonly actions: readonly Action[];
  readonly errorAction?: Action;
}

/** Topic rules and their execution. */
export interface Rules {
  add(rule: Rule): void;
  /** `undefined` without such a rule. */
  isEnabled(name: string): boolean | undefined;
  /** Enables or disables a rule until the next start. */
  setEnabled(name: string, isEnabled: boolean): void;
  /**
   * Runs every rule that matches a message. Resolves once each rule's actions, or its error action,
   * have succeeded. Rejects when the message would be lost. IoT Core drops and acknowledges it then
   * and counts a metric; on one machine no operator watches that metric, so the connection is
   * closed and the publisher sends the message again.
   */
  run(message: RuleMessage): Promise<void>;
}

interface ActionFailure {
  readonly failedAction: string;
  readonly failedResource: string;
  readonly errorMessage: string;
}

export const openRules = ({
  counts,
  meters = openRuleMeters(),
  space = openDiskSpace(),
  admit = () => undefined,
  halts = () => 0,
  log,
}: {
  counts: Counts;
  meters?: RuleMeters;
  space?: DiskSpace;
  /** Resolves when a device's message may enter a queue; `undefined` for at once. */
  admit?: () => Promise<void> | undefined;
  /**
   * The number of halts of the broker. A message whose rules fail after a halt is not lost: its
   * publisher got no PUBACK and sends it again, and a region that has ended counts nothing.
   */
  halts?: () => number;
  log: Log;
}): Rules => {
  const hold = createBackpressure(space);
  const byName = new Map<string, ActiveRule>();
  const notFound = rateLimitedLog(log);

  const find = (message: RuleMessage): { rules: ActiveRule[]; message: RuleMessage } => {
    const ingest = basicIngest(message.topic);
    if (ingest === undefined) {
      const rules = [...byName.values()].filter(
        ({ isEnabled, matches }) => isEnabled && matches(message.topic),
      );
      return { rules, message };
    }
    const rule = byName.get(ingest.rule);
    // IoT Core acknowledges.
    if (rule === undefined) {
      meters.countNotFound(ingest.rule);
      notFound("rule not found", { rule: ingest.rule, topic: message.topic }, "warn");
    }
    // Independent of the rule's FROM: the topic names the rule.
    return { rules: rule?.isEnabled ? [rule] : [], message: { ...message, topic: ingest.topic } };
  };

  return {
    add(rule) {
      const { name, query } = rule;
      const meter = newRuleMeter(rule);
      meters.add(name, meter);
      byName.set(name, {
        rule,
        meter,
        isEnabled: true,
        matches: topicMatcher(query.from),
        rateLimited: rateLimitedLog(log),
      });
    },
    isEnabled: (name) => byName.get(name)?.isEnabled,
    setEnabled(name, isEnabled) {
      const active = byName.get(name);
      if (active !== undefined) active.isEnabled = isEnabled;
    },
    async run(published) {
      const { rules, message } = find(published);
      if (rules.length > 0) await hold(message.payload.length);
      // Messages of functions are the result of admitted ones.
      const isDevice = message.clientId !== undefined;
      if (isDevice && rules.some(feedsQueue)) await admit();
      const halted = halts();
      const isHalted = () => halts() !== halted;
      const deps = { counts, space, hold, isHalted, log };
      await Promise.all(rules.map((each) => runRule(each, message, deps)));
    },
  };
};

const feedsQueue = ({ rule }: ActiveRule): boolean =>
  rule.actions.some(({ feedsQueue }) => feedsQueue);

interface ActiveRule {
  isEnabled: boolean;
  readonly rule: Rule;
  readonly meter: RuleMeter;
  readonly matches: (topic: string) => boolean;
  /** For errors that any device can cause at any rate. */
  readonly rateLimited: Log;
}

const newRuleMeter = ({ actions, errorAction }: Rule): RuleMeter => ({
  topicMatches: 0,
  parseErrors: 0,
  actions: actions.map(({ name }) => newActionMeter(typeOf(name))),
  errorAction: errorAction && newActionMeter(typeOf(errorAction.name)),
});

const typeOf = (actionName: string): string => actionName.replace(/Action$/, "");

interface Deps {
  readonly counts: Counts;
  readonly space: DiskSpace;
  readonly hold: Backpressure;
  /** Whether the broker has ended since the message arrived. */
  readonly isHalted: () => boolean;
  readonly log: Log;
}

const runRule = async (active: ActiveRule, message: RuleMessage, deps: Deps): Promise<void> => {
  const { rule, meter } = active;
  const { counts } = deps;
  // Also counts messages that WHERE rejects.
  counts.rulesTriggered += billedMessages(message.payload.length);
  meter.topicMatches += 1;
  const body = select(active, message);
  if (body === undefined) return;
  const results = await Promise.all(
    rule.actions.map((action, at) =>
      counted(meter.actions[at], attempt(action, { body, message, ...deps }), deps),
    ),
  );
  const failures = results.filter((failure) => failure !== undefined);
  if (failures.length > 0) await runErrorAction(active, message, { failures, ...deps });
};

// An SQL error is logged and does not run the error action.
// https://docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html
const select = (
  { rule, meter, rateLimited: log }: ActiveRule,
  message: RuleMessage,
): Buffer | undefined => {
  try {
    return rule.query.select(message);
  } catch (error) {
    if (!(error instanceof SqlEvaluationError)) throw error;
    meter.parseErrors += 1;
    log(
      "rule does not apply",
      { rule: rule.name, topic: message.topic, reason: error.message },
      "warn",
    );
    return undefined;
  }
};

const counted = async (
  meter: ActionMeter | undefined,
  attempted: Promise<ActionFailure | undefined>,
  { isHalted }: Pick<Deps, "isHalted">,
): Promise<ActionFailure | undefined> => {
  const failure = await attempted;
  if (meter === undefined || isHalted()) return failure;
  if (failure === undefined) meter.successes += 1;
  else meter.failures += 1;
  return failure;
};

const runErrorAction = async (
  { rule, meter }: ActiveRule,
  message: RuleMessage,
  { failures, ...deps }: Deps & { failures: readonly ActionFailure[] },
): Promise<void> => {
  const { log } = deps;
  log("rule action failed", { rule: rule.name, topic: message.topic, ...failures[0] }, "error");
  const body = Buffer.from(JSON.stringify(envelope(rule, message, failures)));
  const failure = rule.errorAction
    ? await counted(meter.errorAction, attempt(rule.errorAction, { body, message, ...deps }), deps)
    : failures[0];
  if (failure !== undefined) throw new Error(`rule ${rule.name}: ${failure.errorMessage}`);
};

const envelope = (rule: Rule, message: RuleMessage, failures: readonly ActionFailure[]) => ({
  ruleName: rule.name,
  topic: message.topic,
  cloudwatchTraceId: randomUUID(),
  clientId: message.clientId ?? "n/a",
  base64OriginalPayload: message.payload.toString("base64"),
  failures,
});

/** Runs an action with retries. Resolves with the last failure when every attempt failed. */
const attempt = async (
  action: Action,
  {
    body,
    message,
    counts,
    space,
    hold,
  }: Omit<Deps, "isHalted"> & { body: Buffer; message: RuleMessage },
): Promise<ActionFailure | undefined> => {
  counts.ruleActions += billedMessages(body.length);
  for (let left = actionAttemptsMax; ; ) {
    try {
      await withTimeout(action.run(body, message));
      return undefined;
    } catch (error) {
      const errorMessage = error instanceof Error ? error.message : String(error);
      const failure = { failedAction: action.name, failedResource: action.resource, errorMessage };
      // An attempt that failed because the disk is full does not count. Data that it stores later
      // is stored twice.
      if (!space.isFull) left -= 1;
      if (left === 0 || !(await hasSpace(hold(body.length)))) return failure;
    }
    await new Promise((resolve) => setTimeout(resolve, actionWaitMs));
  }
};

/** Whether the wait for disk space succeeded, so that another attempt is due. */
const hasSpace = (held: Promise<void>): Promise<boolean> =>
  held.then(
    () => true,
    () => false,
  );

const withTimeout = async (work: Promise<void>): Promise<void> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("timed out")), actionAttemptMs);
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
};
