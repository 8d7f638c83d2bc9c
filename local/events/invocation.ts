import { setTimeout as sleep } from "node:timers/promises";
import { ConnectionCut } from "../fault/connectionCut.ts";
import { AwsError } from "../http/awsJsonClient.ts";
import { RestFailure } from "../http/restFailure.ts";
import type { Log } from "../platform/log.ts";
import { retryMsMax, retryMsMin, waitingMax } from "./limits.ts";
import type { RuleCounts } from "./ruleMetrics.ts";
import type { Invoke, TargetEvent } from "./targets.ts";

/** A target of a rule, with what EventBridge does when its invocation fails. */
export interface RuleTarget {
  readonly ruleArn: string;
  readonly arn: string;
  readonly counts: RuleCounts;
  readonly invoke: Invoke;
  readonly retriesMax: number;
  readonly ageMsMax: number;
  /** Sends an event to the dead-letter queue, if there is one. */
  readonly deadLetter: Invoke | undefined;
}

export interface InvocationDeps {
  readonly signal: AbortSignal;
  /** The invocations of the region that wait for a retry. */
  readonly waiting: { count: number };
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  readonly now?: () => number;
  readonly log: Log;
}

/**
 * Invokes a target until it succeeds. An error of the target's service is retried with growing
 * waits; a missing permission or target is not. Never fails: a permanent failure is counted, logged
 * and sent to the dead-letter queue. Retries wait in memory and end with the process.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
 */
export const invokeTarget = async (
  target: RuleTarget,
  event: TargetEvent,
  {
    signal,
    waiting,
    wait = (ms, stop) => sleep(ms, undefined, { signal: stop, ref: false }),
    now = Date.now,
    log,
  }: InvocationDeps,
): Promise<void> => {
  const { counts, retriesMax, ageMsMax } = target;
  const startedAt = now();
  for (let retries = 0; ; retries += 1) {
    counts.attempts += 1;
    try {
      await target.invoke(event);
      counts.invocations += 1;
      return;
    } catch (error) {
      const waitMs = Math.min(retryMsMin * 2 ** retries, retryMsMax);
      const isLast = retries >= retriesMax || now() + waitMs - startedAt > ageMsMax;
      if (!isRetryable(error) || isLast || waiting.count >= waitingMax) {
        await fail(target, event, { error, log });
        return;
      }
      waiting.count += 1;
      try {
        await wait(waitMs, signal);
      } catch {
        // EventBridge stops.
        return;
      } finally {
        waiting.count -= 1;
      }
      counts.retries += 1;
    }
  }
};

const isRetryable = (error: unknown): boolean => {
  if (error instanceof ConnectionCut) return true;
  const isAnswer = error instanceof AwsError || error instanceof RestFailure;
  return isAnswer && (error.status >= 500 || error.status === 429);
};

const fail = async (
  { ruleArn, arn, counts, deadLetter }: RuleTarget,
  event: TargetEvent,
  { error, log }: { error: unknown; log: Log },
): Promise<void> => {
  const reason = error instanceof Error ? error.message : String(error);
  counts.invocations += 1;
  counts.failed += 1;
  log("rule target failed", { rule: ruleArn, target: arn, reason }, "error");
  if (deadLetter === undefined) return;
  try {
    await deadLetter(event);
    counts.sentToDeadLetters += 1;
  } catch (cause) {
    counts.notSentToDeadLetters += 1;
    log("event not dead-lettered", { rule: ruleArn, target: arn, reason: String(cause) }, "error");
  }
};
