/**
 * The size of a deployment: values that cost money or reserve capacity in an AWS account. The unit
 * is last in the name.
 */

/** Default memory of a function. Memory also determines its share of a processor. */
export const memoryMiB = 512;
/** Concurrent DNS lookups of an execution environment. A waiting thread takes some kB. */
export const lookupsAtOnceMax = 64;
/** A stream only forwards messages, and is billed for its whole duration. */
export const streamMemoryMiB = 256;
/** One vCPU, so that a run has time for its maximum. It rarely has work. */
export const recoverMemoryMiB = 1_769;

/*
 * Reserved concurrency of functions, which is also their maximum. Lambda requires that 100 of the
 * account's concurrent executions (1,000 by default) stay unreserved:
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
 */
export const routeConcurrencyMax = 50;
export const deliverConcurrencyMax = 200;
/** The part of them for slow targets; the others are for fast targets. */
export const slowLaneConcurrencyMax = 50;
/**
 * Slow deliveries wait for a larger batch, so that a worker runs many slow attempts concurrently.
 */
export const slowLaneBatchSeconds = 1;
/** For each of two queues. */
export const storeDeadLettersConcurrencyMax = 2;
/** Two concurrent runs would recover the same event twice. */
export const recoverConcurrencyMax = 1;
/** Two concurrent runs would queue the same delivery twice. */
export const requeueConcurrencyMax = 1;
/** Each execution holds a batch of up to 6 MB in memory. */
export const archiveConcurrencyMax = 20;
/** Batch size and batching window of the archive: larger batches write fewer objects. */
export const archiveBatchMax = 1_000;
export const archiveWindowSeconds = 60;
/** Batches of ten jobs each. */
export const jobConcurrencyMax = 5;
/** SES accepts a few mails per second, and no request waits for a mail. */
export const mailConcurrencyMax = 2;
/** Two concurrent runs would exceed the request quotas of the registry. */
export const provisionConcurrencyMax = 1;
/** Messages about connections must not take capacity from events. */
export const presenceConcurrencyMax = 20;
/** Each execution stores up to 6 MB of delivery records. */
export const recordConcurrencyMax = 10;
/** Two concurrent runs would overwrite each other's results. */
export const ledgerConcurrencyMax = 1;
/**
 * It holds the ledger entries of one minute, 100,000 at 1,700 events per second, and decompresses a
 * few MB of text.
 */
export const ledgerMemoryMiB = 1_769;
/** Two concurrent runs would overwrite each other's heartbeat profiles. */
export const watchConcurrencyMax = 1;
/**
 * One vCPU: it reads and writes the heartbeat profiles of all devices of a region within minutes.
 */
export const watchMemoryMiB = 1_769;
/**
 * One call holds one execution until its device answers; a user has a quarter of them: `slotsMax`.
 */
export const callConcurrencyMax = 100;
/** A test waits for its target. */
export const previewConcurrencyMax = 20;
/** One open stream holds one execution. */
export const streamConcurrencyMax = 200;

/** Maximum of the setting `batchSeconds`. */
export const batchSecondsMax = 5;

/** Requests per second to the API of one region, all clients together. */
export const apiRequestsPerSecondMax = 1_000;
export const apiBurstRequestsMax = 2_000;
/**
 * The same for the health check, separately, so that a flood of API requests does not remove the
 * region from DNS. The checkers send about 1.5 requests per second.
 */
export const healthRequestsPerSecondMax = 1_000;
export const healthBurstRequestsMax = 2_000;
/**
 * Reserved for health checks, which take milliseconds, while other functions use up the concurrency
 * of the account.
 */
export const healthConcurrencyMax = 20;
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
/** Interval of each Route 53 health checker: 10 or 30 seconds. */
export const healthCheckSeconds = 10;
/**
 * Consecutive failures after which a checker considers a region unhealthy, and successes after
 * which it considers it healthy.
 */
export const healthCheckFailures = 3;
/** Pages when a region has been removed from DNS for this time. */
export const outOfDnsMinutes = 2;
/** Evaluation period of alarms. */
export const alarmMinutes = 5;

/**
 * Duration of a drill on AWS, share of affected invocations, and their added latency, which leaves
 * a call enough time to end.
 */
export const drillMinutes = 10;
export const drillFaultsPercent = 50;
export const drillSlowMs = 3_000;
/** Maximum wait of an invocation for the fault configuration, if drills are enabled. */
export const faultPollMs = 2_000;
