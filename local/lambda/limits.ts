/** What bounds functions on this machine, with the unit last. Lambda's own quotas are named as such. */

/** Lambda's quota for a synchronous request and for its buffered response. */
export const payloadBytesMax = 6_291_456;
/** Lambda's quota for an asynchronous request. */
export const asyncPayloadBytesMax = 1_048_576;

/** Lambda stops an initialization after this time. */
export const initMsMax = 10_000;
/**
 * Environments of a function that reserves no concurrency. In an account such functions share 1,000. On
 * one machine so many API requests may wait for their devices at once.
 */
export const environmentsDefaultMax = 256;
/**
 * So many environments are started without a further look, since they are more than the cores can keep
 * busy, and the least with which a queue gets more than its first places. More are started only while those that
 * there are do nothing but wait, for most of the time: where they compute, one more would only take their processor time.
 */
export const environmentsEagerMax = 12;
export const computingPartMax = 0.5;
/** How long what was seen of that holds. */
export const utilizationMs = 100;
/**
 * What an environment takes of this machine's memory, as measured for functions that bring the AWS SDK,
 * and the part of that memory that the environments of one function may take, however many it has
 * reserved. Lambda has a machine for each.
 */
export const environmentBytes = 24_000_000;
export const memoryPart = 1 / 3;
/**
 * The same of the files and sockets that this process may have open. An environment has about ten of its own, and ten to
 * targets that hang. On Lambda each has 1,024.
 */
export const environmentDescriptors = 20;
export const descriptorsPart = 1 / 4;
/**
 * The part that the environments of all functions together may take. The rest is for devices, users, the queues and the
 * tables. A function without any environment may always start one.
 */
export const descriptorsPartOfAll = 2 / 3;
/** Environments of one function that start at once. More would only take each other's processor time. */
export const startsAtOnceMax = 2;
/**
 * Environments that a queue with many batches under way must find free, to begin one more: one for itself, and as many as
 * another queue of the same function begins with. Where they are missing they are started ahead, beyond the eager ones no
 * sooner than so long after the last: a start takes 0.1 s of a processor and more until it runs fast, which everything else here
 * then does not have.
 */
export const freeForMoreMin = 6;
export const aheadEveryMs = 1_000;
/** How long a machine that could not start an environment is left alone. */
export const startRetryMs = 500;
/** Invocations that wait for an environment of a function that reserves no concurrency. */
export const waitingMax = 1_000;
/** An environment that had no work for this time is ended. */
export const environmentIdleMs = 120_000;
/** How long running invocations may go on when everything stops. */
export const stopMsMax = 2_500;

/** How often a working environment's memory is looked at. */
export const memoryCheckMs = 50;
/** It is not looked at when the environment computed for less than this part of the time since. */
export const memoryCheckPart = 0.1;
/**
 * An environment is ended when it holds this many times the function's memory: garbage that V8 has not
 * collected yet is counted, and V8 collects late when it has room.
 */
export const memorySlack = 2;
/** The room that V8 has beside the function's memory, so that its own, deadly limit is never reached. */
export const heapRoomMb = 4_096;

/** What a streaming function may have written and nobody has taken yet, its stream's own buffer aside. */
export const streamWindowBytes = 65_536;

/** A longer line of a function's output is logged in pieces. */
export const outputLineCharsMax = 65_536;
/** Series of metrics that are kept. Further ones are counted, not kept. */
export const metricSeriesMax = 1_000;

/** SQS gives no more messages at once, and waits no longer for the first. */
export const receiveMessagesMax = 10;
export const receiveWaitSecondsMax = 20;
/** How long a mapping waits before it asks again a queue that failed to answer. */
export const receiveRetryMs = 1_000;
/** All places of a mapping are busy this long, and the last batch was full: one more place. */
export const widenFullMs = 5;
/** The same when the last batch was not full, so that it is not known whether messages wait. */
export const widenPartMs = 25;
/** How long a mapping with a window lets messages gather, when a receive had not as many as it may. */
export const gatherMs = 250;
/** So many places a mapping has for the asking, as Lambda's begins with five batches at once. */
export const eagerBatchesMax = 5;

/** Asynchronous invocations of one function that wait or run. */
export const asyncPendingMax = 1_000;
/** Lambda's waits before the second and the third attempt of an asynchronous invocation. */
export const asyncRetryWaitsMs = [60_000, 120_000] as const;
