import { Distribution } from "../../cloudwatch/distribution.ts";
import { ExecutionMeter } from "./executionMeter.ts";

/** Counts of a function since the last collection of its metrics. */
export interface FunctionCounts {
  /** Invocations that have ended; throttled ones are not among them. */
  invocations: number;
  errors: number;
  throttles: number;
  /** Durations of the invocations in ms. */
  readonly durations: Distribution;
  readonly executions: ExecutionMeter;
  asyncReceived: number;
  asyncDropped: number;
  /** Time from the acceptance of an asynchronous invocation to each of its attempts, in ms. */
  readonly asyncAges: Distribution;
}

export const newFunctionCounts = (): FunctionCounts => ({
  invocations: 0,
  errors: 0,
  throttles: 0,
  durations: new Distribution(),
  executions: new ExecutionMeter(),
  asyncReceived: 0,
  asyncDropped: 0,
  asyncAges: new Distribution(),
});
