/**
 * Limits of functions on one machine; Lambda's own quotas are marked. The unit is last in each
 * name.
 */

/** Lambda's quota for a synchronous request and a buffered response. */
export const payloadBytesMax = 6_291_456;
/** Lambda's quota for an asynchronous request. */
export const asyncPayloadBytesMax = 1_048_576;

/** Lambda's timeout of an initialization. */
export const initMsMax = 10_000;
/**
 * Maximum environments of a function without reserved concurrency. In an AWS account such functions
 * share 1,000. On one machine this many API requests may wait for their devices concurrently.
 */
export const environmentsDefaultMax = 256;
/**
 * Environments of a function that start as soon as invocations wait: a quick function keeps the
 * cores busy with them. Further ones start only while the existing environments mostly wait, and
 * while the machine has processor time: otherwise another one would only take theirs.
 */
export const environmentsEagerMax = 2;
export const computingFractionMax = 0.5;
/** Interval of that measurement. */
export const utilizationMs = 100;
/**
 * The machine is busy when a timer is this late, or when this fraction is in use: of the cores by
 * this process, of the cores by all processes, or of the main thread's time.
 */
export const timersLateMsMax = 40;
export const processorFractionMax = 0.85;
/**
 * A function whose environments nearly all wait may start one at this interval although the machine
 * is busy: hanging targets must not stop its other work.
 */
export const waitingFractionMax = 0.1;
export const busyStartEveryMs = 500;
/**
 * Memory of an environment, as measured for functions with the AWS SDK, and the fraction of the
 * machine's memory that the environments of one function may take, whatever its reserved
 * concurrency. On Lambda each has its own machine.
 */
export const environmentBytes = 24_000_000;
export const memoryFraction = 1 / 3;
/**
 * File descriptors of an environment, and the fraction of the process's descriptors that the
 * environments of one function may take. An environment has about ten of its own and ten for
 * targets that do not respond. On Lambda each has 1,024.
 */
export const environmentDescriptors = 20;
export const descriptorsFraction = 1 / 4;
/**
 * The fraction of descriptors for the environments of all functions. The rest is for devices,
 * users, queues and tables. A function without an environment may always start one.
 */
export const descriptorsFractionOfAll = 2 / 3;
/**
 * Maximum concurrent starts of environments of one function. More would only take each other's
 * processor time.
 */
export const concurrentStartsMax = 2;
/**
 * Free environments that a mapping with many concurrent batches requires for one more batch: one
 * for itself, and as many as the eager batches of another mapping. Missing ones are started ahead,
 * at most once per interval: a start takes 0.1 s of processor time, and more until the code is
 * optimized.
 */
export const freeEnvironmentsMin = 3;
export const startAheadEveryMs = 100;
/** Wait before a retry after the machine could not start an environment. */
export const startRetryMs = 500;
/** Maximum invocations that wait for an environment of a function without reserved concurrency. */
export const waitingInvocationsMax = 1_000;
/**
 * Idle time after which an environment is ended, and after which the further ones are ended when
 * several are free: each has a thread of 35 MB. One in a shared thread takes little.
 */
export const environmentIdleMs = 60_000;
export const furtherEnvironmentIdleMs = 15_000;
export const sharedEnvironmentIdleMs = 120_000;
/** Time that running invocations have during a stop. */
export const stopMsMax = 2_500;

/** Interval of the memory check of a working environment. */
export const memoryCheckMs = 50;
/**
 * The check is skipped when the thread has computed for less than this time since the last one: a
 * function that computes for milliseconds does not allocate much memory.
 */
export const memoryCheckActiveMsMin = 40;
/**
 * An environment is terminated when it holds this multiple of the function's memory: the
 * measurement includes garbage, which V8 collects late when it has room.
 */
export const memorySlack = 2;
/**
 * Heap that V8 may use beyond the function's memory, so that its own limit, which ends the process,
 * is never reached.
 */
export const heapReserveMb = 4_096;

/**
 * Environments that a thread of a streaming function opens at most, including those that have
 * ended: an uncaught exception in one ends the invocations of all.
 */
export const environmentsPerThreadMax = 64;
/** Memory of such an environment, as measured, with its part of the thread. */
export const sharedEnvironmentBytes = 2_000_000;
/** Maximum memory of a thread, whatever the sum of its environments: well below `heapReserveMb`. */
export const threadMemoryMbMax = 1_024;
/**
 * Young generation of such a thread: its streams mostly wait, and V8's default would hold 30 MB of
 * garbage for each thread.
 */
export const sharedYoungGenerationMb = 8;
/**
 * A thread that functions share has no time for a further environment after it has computed for
 * this fraction of the time, for so long: a further environment then starts a further thread.
 */
export const sharedComputingFractionMax = 0.8;
export const sharedBusyMsMin = 1_000;
/** Young generation of the thread of all queue functions: it is the busiest one. */
export const queueYoungGenerationMb = 24;
/**
 * A thread with several environments is terminated when it computes and does not respond for this
 * time. It is asked while it computes for more than this fraction of the interval.
 */
export const threadUnresponsiveMsMax = 10_000;
export const threadCheckMs = 1_000;
export const threadComputesFractionMin = 0.9;

/**
 * Maximum bytes that a streaming function has written and the reader has not consumed, without the
 * stream's own buffer.
 */
export const streamWindowBytes = 65_536;

/** A longer line of a function's output is logged in parts. */
export const outputLineCharsMax = 65_536;
/** Maximum number of metric series. Values of further series are only counted. */
export const metricSeriesMax = 1_000;

/** Maximum messages and wait time of one SQS receive. */
export const receiveMessagesMax = 10;
export const receiveWaitSecondsMax = 20;
/**
 * Maximum wait of a batch window on a queue with few messages, even when the window is shorter:
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
export const quietQueueWaitSecondsMax = 20;
/** Wait of a mapping before it polls a queue again after an error. */
export const receiveRetryMs = 1_000;
/**
 * Time between two batches while so many messages per second arrive that each has several. Each
 * batch has a fixed cost, so fewer and larger ones take less processor time.
 */
export const gatherMs = 4;
export const gatherRateMin = 500;
/** Time over which the rate of messages is measured. */
export const rateMs = 200;
/** Time that all eager batches are busy before the concurrency grows by one. */
export const scaleUpMs = 25;
/**
 * The same beyond the eager batches, if a further environment needs a further thread: longer than
 * the batches of a quick function.
 */
export const scaleUpSlowMs = 100;
/**
 * Age after which a batch in progress is considered to wait, and not to compute. Beyond the eager
 * batches, the concurrency grows only while most batches wait.
 */
export const waitingBatchMs = 100;
/**
 * The same while the threads of the function compute for a smaller fraction of the time than this:
 * a batch does not wait for the processor then.
 */
export const waitingBatchIdleMs = 40;
export const batchesIdleFractionMax = 0.6;
/** From this fraction on, the threads have nearly no time left (`Admission`). */
export const batchesComputingFractionMin = 0.9;
/**
 * Full batches in succession after which a second batch may run concurrently, and the time without
 * need after which the concurrency shrinks by one. With partial batches, one environment keeps up,
 * and is cheaper than two: its code is optimized earlier, and its batches are larger.
 */
export const fullBatchesToScale = 4;
export const scaleDownMs = 1_000;
/**
 * With such a batch window, a function handles up to 10,000 messages at once and takes 0.1 s of
 * processor time for 1,000: it shares the thread of scheduled functions.
 */
export const patientWindowSecondsMin = 10;
/** Time that a mapping with a window lets messages accumulate when a receive was not full. */
export const accumulateMs = 250;
/**
 * Concurrent batches that a mapping starts without a check. Lambda's mapping starts with five; here
 * more than the cores can keep busy would only make each slower.
 */
export const eagerBatchesMax = 2;

/**
 * Messages in the queues of functions above which a busy machine delays the acknowledgements of
 * devices, and below which it no longer does: two seconds and half a second of the highest rate.
 */
export const backlogMessagesMax = 4_000;
export const backlogMessagesMin = 1_000;
/** Age of a batch that waits for a target, also on a busy machine. */
export const slowBatchMs = 2_000;
/** Interval at which the admitted events follow the processed ones. */
export const admissionMs = 100;
/** The admitted fraction of the processed events above `backlogMessagesMax`, so that it shrinks. */
export const admittedFraction = 0.9;
/** Events that are admitted in each interval. */
export const admittedMin = 5;
/** Intervals in which the machine must have had time before it admits more than it processes. */
export const quietIntervalsMin = 5;
/** A limit for an interval that is more than the machine can process is none. */
export const limitedMax = 4_000;

/** Maximum asynchronous invocations of one function that wait or run. */
export const asyncPendingMax = 1_000;
/** Lambda's quota of concurrent executions of an account in a region, unless it is lower. */
export const accountExecutions = 1_000;

/** Lambda's maximum age of an asynchronous invocation. */
export const asyncAgeMsMax = 21_600_000;
/** Lambda's first and longest wait after an asynchronous invocation was throttled. */
export const asyncThrottledMsMin = 1_000;
export const asyncThrottledMsMax = 300_000;
/** Lambda's waits before the second and third attempt of an asynchronous invocation. */
export const asyncRetryWaitsMs = [60_000, 120_000] as const;
