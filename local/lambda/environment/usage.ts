/** Usage of one function since the start. */
export interface Usage {
  invocations: number;
  errors: number;
  throttles: number;
  /** Number of execution environments started. */
  inits: number;
  /** Total duration of all invocations, without initialization. */
  durationMs: number;
  /** Bytes that the function wrote to its log, without line ends. */
  outputBytes: number;
  outputLines: number;
  readonly memoryMb: number;
}

/** The usage of a function that has not run. */
export const newUsage = (memoryMb: number): Usage => ({
  invocations: 0,
  errors: 0,
  throttles: 0,
  inits: 0,
  durationMs: 0,
  outputBytes: 0,
  outputLines: 0,
  memoryMb,
});
