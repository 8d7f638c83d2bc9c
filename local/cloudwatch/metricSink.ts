/** A value of a metric, or several equal values. */
export interface MetricDatum {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
  /** Number of samples that have this value, as in `Counts` of `PutMetricData`. Default: 1. */
  readonly count?: number;
  /** As in `PutMetricData`: `Count`, `Milliseconds` and so on. */
  readonly unit?: string;
  /** Milliseconds since 1970. Default: now. */
  readonly time?: number;
}

/** Receives the values of metrics. */
export interface MetricSink {
  put(datum: MetricDatum): void;
}

/**
 * A service that counts by itself, so that nothing is allocated for an event. Its values are
 * collected once a minute.
 */
export interface MetricSource {
  /** Fetches the values of another thread before `collect`. Waits a bounded time, never fails. */
  refresh?(): Promise<void>;
  /**
   * Puts the counts since the last call and the current gauges. `periodStart` is the time of these
   * values, the start of their minute, in ms since 1970.
   */
  collect(sink: MetricSink, periodStart: number): void;
}
