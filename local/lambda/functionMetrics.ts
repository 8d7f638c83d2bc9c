import type { MetricSink, MetricSource } from "../cloudwatch/metricSink.ts";
import type { ExecutionMeter } from "./environment/executionMeter.ts";
import type { FunctionCounts } from "./environment/functionCounts.ts";

export interface MeteredFunction {
  readonly name: string;
  /** Its reserved concurrency. */
  readonly reserved: number | undefined;
  readonly counts: FunctionCounts;
}

export interface FunctionMetricsDeps {
  readonly functions: () => Iterable<MeteredFunction>;
  /** The executions of all functions, and of those without reserved concurrency. */
  readonly ofAccount: ExecutionMeter;
  readonly unreserved: ExecutionMeter;
}

/**
 * The metrics of Lambda, by `FunctionName` and, without dimensions, of all functions. An invocation
 * has a sample of `Errors`, 1 or 0, so that the average is the error rate. Each minute without an
 * invocation has no value. An invocation counts in the minute of its end; Lambda sends its values
 * at the end, too, but with the time of its start.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 */
export const functionMetrics = ({
  functions,
  ofAccount,
  unreserved,
}: FunctionMetricsDeps): MetricSource => ({
  collect(sink, time) {
    let reservedSum = 0;
    for (const { name, reserved = 0, counts } of functions()) {
      reservedSum += reserved;
      const own = putter(sink, time, { FunctionName: name });
      const all = putter(sink, time, {});
      const put: Put = (...datum) => {
        own(...datum);
        all(...datum);
      };
      putInvocations(counts, put);
      putAsync(counts, put);
      const peak = counts.executions.takePeak();
      if (peak > 0) own("ConcurrentExecutions", peak);
    }
    const [peak, unreservedPeak] = [ofAccount.takePeak(), unreserved.takePeak()];
    if (peak === 0) return;
    const put = putter(sink, time, {});
    put("ConcurrentExecutions", peak);
    put("UnreservedConcurrentExecutions", unreservedPeak);
    // Reserved concurrency is claimed whether it is used or not.
    put("ClaimedAccountConcurrency", reservedSum + unreservedPeak);
  },
});

type Put = (name: string, value: number, count?: number, unit?: string) => void;

const putter =
  (sink: MetricSink, time: number, dimensions: Readonly<Record<string, string>>): Put =>
  (name, value, count = 1, unit = "Count") =>
    sink.put({ namespace: "AWS/Lambda", name, dimensions, value, count, unit, time });

const putInvocations = (counts: FunctionCounts, put: Put): void => {
  const { invocations, errors, throttles, durations } = counts;
  if (invocations > 0) put("Invocations", 1, invocations);
  putRatio("Errors", { ones: errors, of: invocations }, put);
  putRatio("Throttles", { ones: throttles, of: invocations + throttles }, put);
  durations.drain((ms, count) => put("Duration", ms, count, "Milliseconds"));
  counts.invocations = 0;
  counts.errors = 0;
  counts.throttles = 0;
};

/** Samples of 1, and of 0 for the rest. */
const putRatio = (name: string, { ones, of }: { ones: number; of: number }, put: Put): void => {
  if (ones > 0) put(name, 1, ones);
  if (of > ones) put(name, 0, of - ones);
};

const putAsync = (counts: FunctionCounts, put: Put): void => {
  const { asyncReceived, asyncDropped, asyncAges } = counts;
  if (asyncReceived > 0) put("AsyncEventsReceived", 1, asyncReceived);
  if (asyncDropped > 0) put("AsyncEventsDropped", 1, asyncDropped);
  asyncAges.drain((ms, count) => put("AsyncEventAge", ms, count, "Milliseconds"));
  counts.asyncReceived = 0;
  counts.asyncDropped = 0;
};
