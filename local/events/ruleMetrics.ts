import type { MetricSource } from "../cloudwatch/metricSink.ts";

/** Counts of a rule since the last collection of its metrics. */
export interface RuleCounts {
  /** Events that matched. */
  matched: number;
  /** Runs of the rule, by an event or by its schedule. */
  triggered: number;
  attempts: number;
  retries: number;
  /** Invocations of targets that have succeeded or failed permanently. */
  invocations: number;
  failed: number;
  sentToDeadLetters: number;
  notSentToDeadLetters: number;
}

export const newRuleCounts = (): RuleCounts => ({
  matched: 0,
  triggered: 0,
  attempts: 0,
  retries: 0,
  invocations: 0,
  failed: 0,
  sentToDeadLetters: 0,
  notSentToDeadLetters: 0,
});

const names: Readonly<Record<keyof RuleCounts, string>> = {
  matched: "MatchedEvents",
  triggered: "TriggeredRules",
  attempts: "InvocationAttempts",
  retries: "RetryInvocationAttempts",
  invocations: "Invocations",
  failed: "FailedInvocations",
  sentToDeadLetters: "InvocationsSentToDlq",
  notSentToDeadLetters: "InvocationsFailedToBeSentToDlq",
};

/** The metrics that EventBridge sends without dimensions, too. */
const ofAll: ReadonlySet<string> = new Set(["InvocationAttempts", "Invocations"]);

/**
 * The metrics of the default event bus, by `RuleName`. A metric whose value is zero is absent.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
 */
export const ruleMetrics = (
  rules: () => Iterable<{ readonly name: string; readonly counts: RuleCounts }>,
): MetricSource => ({
  collect(sink, time) {
    const put = (name: string, value: number, dimensions: Readonly<Record<string, string>>) =>
      sink.put({ namespace: "AWS/Events", name, dimensions, value, unit: "Count", time });
    for (const { name: RuleName, counts } of rules()) {
      for (const [key, name] of Object.entries(names)) {
        const value = Object.entries(counts).find(([own]) => own === key)?.[1] ?? 0;
        if (value === 0) continue;
        put(name, value, { RuleName });
        if (ofAll.has(name)) put(name, value, {});
      }
      Object.assign(counts, newRuleCounts());
    }
  },
});
