/**
 * How large a deployment is: what costs money or holds capacity in an AWS account and says nothing about
 * the domain. The unit is last in the name.
 */

/** What a function has unless it says otherwise. Memory is also its share of a processor. */
export const memoryMiB = 512;
/** Names that an execution environment looks up at the same time. A thread that waits takes some kB. */
export const lookupsAtOnceMax = 64;
/** A stream only passes on what the broker sends, and is paid for as long as its client listens. */
export const streamMemoryMiB = 256;
/** A whole processor, so that a run has the time for all that it may bring back. It seldom has anything to do. */
export const recoverMemoryMiB = 1_769;

/*
 * Concurrent executions kept for a function, which are also its upper bound. Lambda insists that 100 of
 * the account's (1,000 unless raised) stay unreserved:
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
 */
export const routeConcurrencyMax = 50;
export const deliverConcurrencyMax = 200;
/** How many of those what takes long may have; the others are for what is quick. */
export const slowLaneConcurrencyMax = 50;
/** What takes long anyway may wait for others, so that a worker has many slow attempts under way and not one. */
export const slowLaneBatchSeconds = 1;
/** For each of two queues. */
export const storeDeadLettersConcurrencyMax = 2;
/** Two runs at once would bring the same event back twice. */
export const recoverConcurrencyMax = 1;
/** Two runs at once would bring the same delivery back twice. */
export const requeueConcurrencyMax = 1;
/** Each holds a batch of up to 6 MB in memory. */
export const archiveConcurrencyMax = 20;
/** How many messages are archived at once, and how long a batch waits to be full: fewer objects to pay for. */
export const archiveBatchMax = 1_000;
export const archiveWindowSeconds = 60;
/** Batches of ten jobs each. */
export const jobConcurrencyMax = 5;
/** Mail services take some mails a second, and nobody waits for one. */
export const mailConcurrencyMax = 2;
/** Two runs at once would ask the registry for more than it takes. */
export const provisionConcurrencyMax = 1;
/** What is said of devices' connections waits for its turn: it must not take from what events need. */
export const presenceConcurrencyMax = 20;
/** Each writes down up to 6 MB of what became of deliveries. */
export const recordConcurrencyMax = 10;
/** Two runs at once would undo each other's work. */
export const ledgerConcurrencyMax = 1;
/** It holds what is known of the events of a minute, 100,000 of them at 1,700 a second, and unzips a few MB of text. */
export const ledgerMemoryMiB = 1_769;
/** Two runs at once would learn devices' rhythms into each other. */
export const watchConcurrencyMax = 1;
/** A whole processor: it reads and writes the rhythms of all devices of a region within minutes. */
export const watchMemoryMiB = 1_769;
/** One call holds one execution until its device answers; a user has a quarter of them: `slotsMax`. */
export const callConcurrencyMax = 100;
/** Tests wait for their targets. */
export const previewConcurrencyMax = 20;
/** One open stream holds one execution. */
export const streamConcurrencyMax = 200;

/** A worker waits no longer than this for its batch to fill, if it is told to wait at all. */
export const batchSecondsMax = 5;

/** What one client after another may ask of the API of one region, all clients together. */
export const apiRequestsPerSecondMax = 1_000;
export const apiBurstRequestsMax = 2_000;
/**
 * The same for asking whether the region is well, apart from the others, so that whoever floods the API does not
 * take the region out of DNS. Checkers ask about 1.5 times a second; who floods this route could flood any.
 */
export const healthRequestsPerSecondMax = 1_000;
export const healthBurstRequestsMax = 2_000;
/** Kept for those answers, which take milliseconds, while everything else uses up the account's executions. */
export const healthConcurrencyMax = 20;
/** How long a browser remembers what another origin may ask. */
export const corsHours = 1;

/** Shorter than what dead letters get, because a message keeps its age when it moves there. */
export const queueDays = 7;
export const logDays = 30;
/** How long a reply that could not be kept may be looked at. */
export const failedReturnsDays = 7;
/** How long it is kept which devices were heard, if nobody reads it. */
export const heardDays = 2;
/** How far back the global tables can be restored. */
export const pointInTimeDays = 35;

/** The oldest message of a queue has been ready for longer than this: the queue falls behind. */
export const queueAgeSecondsMax = 300;
/** So many messages are ready and wait all the time: the queue falls behind. */
export const queueBacklogMessagesMax = 10_000;
/** Deliveries come back late from their wait for as long: more are due than are brought back. */
export const lateDeliveriesMinutesMax = 15;
/** Deliveries are overdue for as long. */
export const overdueMinutesMax = 15;
/** Failed events are found again and again for as long: bringing them back does not work. */
export const failedEventsMinutesMax = 15;
/** Devices could not be brought into this region for as long. */
export const notProvisionedMinutesMax = 15;
/** Replies of the API with a 5xx status, within the time below, that page. */
export const apiErrorsMin = 5;
/** How often each of Route 53's checkers asks a region how it is: 10 s or 30 s. */
export const healthCheckSeconds = 10;
/** After so many bad answers in a row a checker calls a region ill, and after so many good ones well. */
export const healthCheckFailures = 3;
/** A region that has been out of DNS for as long pages. */
export const outOfDnsMinutes = 2;
/** How long an alarm looks before it decides. */
export const alarmMinutes = 5;

/** How long a drill on AWS lasts, which share of invocations it concerns, and how late they start: a call that waits for its device is to end in time all the same. */
export const drillMinutes = 10;
export const drillFaultsPercent = 50;
export const drillSlowMs = 3_000;
/** How long an invocation may wait to hear whether it is to fail, where drills are switched on. */
export const faultPollMs = 2_000;
