/**
 * The size of a deployment: values that cost money or reserve capacity in an AWS account. The unit
 * is last in the name.
 */

import type { IConstruct } from "constructs";
import * as z from "zod";
import type { FunctionName } from "../shared/platform/env.ts";
import { attemptsNotMadeMax } from "../shared/platform/limits.ts";
import type { SlotLimits } from "../shared/platform/slotLimits.ts";

/** Default memory of a function. Memory also determines its share of a processor. */
export const memoryMiB = 512;
/** Concurrent DNS lookups of an execution environment. A waiting thread takes some kB. */
export const lookupsAtOnceMax = 64;
/** A stream only forwards messages, and is billed for its whole duration. */
export const streamMemoryMiB = 256;
/** One vCPU, so that a run has time for its maximum. It rarely has work. */
export const recoverMemoryMiB = 1_769;

/**
 * Batch size and batching window of the archive: larger batches write fewer objects. Lambda may
 * wait 20 s on a quiet queue when a window is shorter, but not when it is longer.
 */
export const archiveBatchMax = 1_000;
export const archiveWindowSeconds = 60;
/**
 * It holds the ledger entries of one minute, 100,000 at 1,700 events per second, and decompresses a
 * few MB of text.
 */
export const ledgerMemoryMiB = 1_769;
/**
 * One vCPU: it reads and writes the heartbeat profiles of all devices of a region within minutes.
 */
export const watchMemoryMiB = 1_769;

/**
 * Maximum of the setting `batchSeconds`, the batching window of events and deliveries. On a queue
 * with few messages, Lambda may wait 20 s, however short the window is: 0 means no window and no
 * wait. See docs/adr/0017-slow-lane.md.
 */
export const batchSecondsMax = 5;

/**
 * Requests per second to the health check, separately from the API (`Size.apiRate`), so that a
 * flood of API requests does not remove the region from DNS. The checkers send about 1.5 requests
 * per second.
 */
export const healthRequestsPerSecondMax = 1_000;
export const healthBurstRequestsMax = 2_000;
/** How long CloudFront and browsers cache a file of the status page. */
export const statusCacheSeconds = 15;
/** How long browsers cache a CORS preflight response. */
export const corsHours = 1;

/**
 * Shorter than the retention of dead-letter queues, because a message keeps its age when it moves
 * there.
 */
export const queueDays = 7;
export const logDays = 30;
/** Retention of replies that the rule could not write to the table. */
export const failedReturnsDays = 7;
/** Retention of device activity that no run has read. */
export const heardDays = 2;
/** Period of point-in-time recovery of the global tables. */
export const pointInTimeDays = 35;

/** Pages when the oldest visible message of a queue is older. */
export const queueAgeSecondsMax = 300;
/**
 * Pages when the oldest visible message of a queue is at least so old, beyond the batching window,
 * and no message left the queue within the minute.
 */
export const stoppedAgeSecondsMin = 60;
/** Pages when at least this number of messages is visible all the time. */
export const queueBacklogMessagesMax = 10_000;
/** Pages when waiting deliveries have been late for this time. */
export const lateDeliveriesMinutesMax = 15;
/** Pages when deliveries have been overdue for this time. */
export const overdueMinutesMax = 15;
/** Pages when failed events have been found for this time: their recovery does not work. */
export const failedEventsMinutesMax = 15;
/** Pages when devices have not been provisioned in this region for this time. */
export const notProvisionedMinutesMax = 15;
/** Pages at this number of 5xx responses of the API within `alarmMinutes`. */
export const apiErrorsMin = 5;
/** Pages at this number of requests to a route that fail within `alarmMinutes`. */
export const requestsFailedMin = 3;
/**
 * Pages at these numbers of deliveries of a worker, or of an integration, within `alarmMinutes`.
 */
export const deliveriesNotAttemptedMin = attemptsNotMadeMax;
export const deliveriesFailedMin = 3;
/** Pages at this number of devices of a fleet that become silent within these minutes. */
export const silentDevicesMin = 10;
export const silentDevicesMinutes = 10;
/** Pages at this percentage of 5xx responses within a minute with enough requests. */
export const apiDownPercentMin = 50;
export const apiDownRequestsMin = 10;
/** Interval of each Route 53 health checker: 10 or 30 seconds. */
export const healthCheckSeconds = 10;
/**
 * Consecutive failures after which a checker considers a region unhealthy, and successes after
 * which it considers it healthy.
 */
export const healthCheckFailures = 3;
/** Pages when a region has been removed from DNS for this time. */
export const outOfDnsMinutes = 2;
/** Pages when the canary fails in so many minutes, of one more. */
export const canaryFailingMinutes = 2;
/** Pages when the canary has not run for so many minutes, of one more. */
export const canarySilentMinutes = 4;
/** Evaluation period of alarms. */
export const alarmMinutes = 5;
/**
 * The part of the minutes before an alarm in which its condition must hold: a data point that is
 * late must not hide a problem.
 */
export const datapointsFraction = 0.8;
/** Pages when the tables of another region receive writes later than this. */
export const replicationLatencyMsMax = 60_000;
/** Pages when the account's concurrent executions are in use for this time (`Size`). */
export const executionsMinutesMax = 15;

/**
 * Duration of a drill on AWS, share of affected invocations, and their added latency, which leaves
 * a call enough time to end.
 */
export const drillMinutes = 10;
export const drillFaultsPercent = 50;
export const drillSlowMs = 3_000;
/** Maximum wait of an invocation for the fault configuration, if drills are enabled. */
export const faultPollMs = 2_000;

/** The queues whose messages functions process, by the purpose of the event source mapping. */
export type Feed =
  | "events"
  | "deliveries"
  | "slowLane"
  /** The dead-letter queues of `deliveries` and `slowLane`, each. */
  | "deadLetters"
  | "presence"
  | "updates"
  | "records"
  | "jobs"
  | "archive"
  | "mails";

/** The concurrency of a deployment in one region. */
export interface Size {
  /**
   * Concurrent executions of the account that the size needs in a region. Lambda requires that 100
   * of the quota stay unreserved, if any are reserved:
   * https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
   */
  readonly executionsMin: number;
  /**
   * Reserved concurrency, which is also the maximum. A function without it shares the rest of the
   * account's quota with all others.
   */
  readonly reserved: Readonly<Partial<Record<FunctionName, number>>>;
  /** Maximum concurrent batches of an event source mapping. Lambda requires at least 2. */
  readonly batches: Readonly<Record<Feed, number>>;
  /** Concurrency slots for what holds an execution while it waits (ADR 34). */
  readonly slots: SlotLimits;
  /**
   * The five-minute periods in which a function must be throttled before it pages, of the latest
   * ones.
   */
  readonly throttled: { readonly periods: number; readonly datapoints: number };
  /** Pages when this percentage of the account's concurrent executions is in use. */
  readonly executionsPercentMax: number;
  /** Requests per second to the API of a region, and its bucket, all clients together. */
  readonly apiRate: { readonly perSecond: number; readonly burst: number };
}

/** The smallest `MaximumConcurrency` that Lambda accepts. */
const batchesMin = 2;

/** The concurrent executions of some new accounts. */
export const newAccountExecutions = 10;

/**
 * For an account with 10 concurrent executions, as new accounts have. It reserves none, because
 * Lambda refuses a reservation that leaves less than the minimum. What waits for targets, devices
 * and clients holds at most 9 executions: 2 batches of `deliveries`, 2 of `slowLane`, 2 calls, 2
 * streams and 1 test. One remains for the functions that end within milliseconds, and for those
 * that run once a minute: `watcher`, `status` and `notify` for about a second, the canary for two;
 * and for reads of a whole fleet, which take about as long. While a release offers updates,
 * `updates` waits for devices too. What finds no execution is repeated.
 */
const starter: Size = {
  executionsMin: newAccountExecutions,
  reserved: {},
  batches: {
    events: batchesMin,
    deliveries: batchesMin,
    slowLane: batchesMin,
    deadLetters: batchesMin,
    presence: batchesMin,
    updates: batchesMin,
    records: batchesMin,
    jobs: batchesMin,
    archive: batchesMin,
    mails: batchesMin,
  },
  slots: {
    calls: { perUser: 2, inRegion: 2, executionsPerUser: 6 },
    streams: { perClient: 2, perUser: 2, perFleet: 2, inRegion: 2 },
    tests: { perUser: 1, inRegion: 1 },
    reads: { perUser: 2, inRegion: 2 },
  },
  // Functions share ten executions, and repeat what was throttled: only a lasting lack is a
  // problem.
  throttled: { periods: 4, datapoints: 3 },
  // Nine of ten are in use when customers wait for targets, devices and streams as they may.
  executionsPercentMax: 100,
  // Above this rate the functions of the API would take the executions of the pipeline.
  apiRate: { perSecond: 50, burst: 50 },
};

/** For an account with a quota of 1,000 concurrent executions. It reserves 676, with mails. */
const standard: Size = {
  executionsMin: 777,
  reserved: {
    route: 50,
    // 50 of them are for slow targets, the others for fast targets.
    deliver: 200,
    storeDeadLetters: 4,
    recover: 1,
    requeue: 1,
    // Each execution holds a batch of up to 6 MB in memory.
    archive: 20,
    // Batches of ten jobs each.
    runJob: 5,
    // SES accepts a few mails per second, and no request waits for a mail.
    mail: 2,
    provision: 1,
    // Messages about connections must not take capacity from events.
    presence: 20,
    // A batch waits for the devices that confirm an offer.
    updates: 20,
    // Each execution stores up to 6 MB of delivery records.
    record: 10,
    ledger: 1,
    watch: 1,
    releases: 1,
    // A call holds an execution until its device answers, a test until its target does, and a
    // stream for its whole duration. A user has at most a quarter of them.
    call: 100,
    previews: 20,
    stream: 200,
    // Health checks take milliseconds, while other functions use up the quota of the account.
    health: 20,
  },
  batches: {
    events: 50,
    deliveries: 150,
    slowLane: 50,
    deadLetters: 2,
    presence: 20,
    updates: 20,
    records: 10,
    jobs: 5,
    archive: 20,
    mails: 2,
  },
  // The reserved concurrency of the functions bounds the region.
  slots: {
    calls: { perUser: 16, executionsPerUser: 25 },
    streams: { perClient: 10, perUser: 25, perFleet: 50 },
    tests: { perUser: 5 },
    reads: { perUser: 5 },
  },
  throttled: { periods: 1, datapoints: 1 },
  executionsPercentMax: 90,
  apiRate: { perSecond: 1_000, burst: 2_000 },
};

/** The sizes of a deployment: the setting `size`. */
export const sizes = { starter, standard } as const;

export type SizeName = keyof typeof sizes;

/** The schema of the setting `size`. */
export const sizeName = z.enum(["starter", "standard"], {
  error: ({ input }) => `takes starter or standard, not '${String(input)}'`,
});

/** The size of a deployment that does not set `size`. */
export const defaultSize: SizeName = "starter";

/** The name of the size of the deployment that a construct belongs to. */
export const sizeNameOf = (scope: IConstruct): SizeName =>
  sizeName.default(defaultSize).parse(scope.node.tryGetContext("size"));

/** The size of the deployment that a construct belongs to. */
export const sizeOf = (scope: IConstruct): Size => sizes[sizeNameOf(scope)];
