import type { Check } from "../objective/check.ts";

/** The messages that wait in a queue. */
export interface QueueLoad {
  readonly name: string;
  /** The age of the oldest message. */
  readonly oldestSeconds: number;
  readonly visible: number;
  /** The minute of the metrics, in milliseconds since 1970. */
  readonly at: number;
}

/** The totals of the last run of the ledger. */
export interface LedgerBalance {
  /** Deliveries that became missing within the last hour. */
  readonly missing: number;
  /** The integrations with the most overdue deliveries. */
  readonly overdue: readonly { readonly integration: string; readonly deliveries: number }[];
  /** The minute of the run, in milliseconds since 1970. */
  readonly at: number;
}

/** The last result of a check of the canary. */
export interface CanaryResult {
  readonly check: Check;
  readonly passed: boolean;
  readonly latencyMs: number | undefined;
  /** The minute of the run, in milliseconds since 1970. */
  readonly at: number;
}

/** What the metrics of a region say. */
export interface RegionReading {
  /** The queues of Godwit that have metrics, those with the oldest messages first. */
  readonly queues: readonly QueueLoad[];
  /** Absent if the ledger has not run within `metricsMs`. */
  readonly ledger: LedgerBalance | undefined;
  /** Empty without a canary. */
  readonly canary: readonly CanaryResult[];
}

/** Reads the latest metrics of a region. */
export interface RegionMetrics {
  /** Metrics older than `metricsMs` count as absent. Fails if the region does not answer. */
  read(region: string): Promise<RegionReading>;
}
