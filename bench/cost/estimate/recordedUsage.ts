import type { Unit } from "#shared/platform/prices.ts";
import { processorMs } from "../../../infra/capacity.ts";

/** Billed units. */
export type Units = Readonly<Partial<Record<Unit, number>>>;

/**
 * Billed units of the pipeline, for an event with one matching integration. `npm run bench -- cost`
 * measures them; `test/flow/pipeline/pipeline.test.ts` compares them with a run.
 */
export const recordedUsage = {
  /** The topic rule sends the event to the queue `Events`. */
  event: { rulesTriggered: 1, ruleActions: 1, sqsRequests: 1 },
  /** In addition, if the event is published to a topic with live subscribers. */
  liveEvent: { brokerMessages: 1 },
  /** The response event, if the target answers with a body and no client listens. */
  responseEvent: { brokerMessages: 1, rulesTriggered: 1 },
  /** A batch of `route`: receive, delete, send the deliveries, send the record. */
  routeBatch: { sqsRequests: 4, sqsGroupRequests: 1, lambdaRequests: 1 },
  /** A batch of `deliver`: receive, delete, send the record. */
  deliverBatch: { sqsRequests: 3, lambdaRequests: 1 },
  /**
   * A record of a batch: ten are received and deleted by one request, a thousand are stored by one
   * invocation in two objects.
   */
  record: { sqsRequests: 0.2, lambdaRequests: 0.001, s3Writes: 0.002 },
  /** Tables, for a batch of `route` and one of `deliver`. */
  tables: { tableReadUnits: 0.1, tableWriteUnits: 0.01 },
  /**
   * An entry of the audit log: its intent, and its outcome with the state before and after, up to 8
   * KB; typical states have 1 KB. Both states are read.
   */
  change: { tableReadUnits: 2, tableWriteUnits: 3 },
  /**
   * An update of the firmware of a device over HTTPS, at most: two connections with their presence,
   * an offer, 16 reports, ten events and the history. `test/flow/device/firmware.test.ts` makes one
   * with 6 reports: 66 read units, 56 write units and 70 requests to queues.
   */
  update: {
    brokerMessages: 25,
    rulesTriggered: 32,
    ruleActions: 32,
    sqsRequests: 100,
    lambdaRequests: 30,
    lambdaGbSeconds: 2,
    tableReadUnits: 110,
    tableWriteUnits: 76,
    s3Reads: 3,
  },
  /**
   * A hello of a product without releases: whether it has some, unless a worker has cached it, and
   * a tenth of the read of its versions (ten of 2 KB), of which a worker keeps a copy for 30
   * seconds.
   */
  hello: { tableReadUnits: 1 },
  /**
   * A minute of the scheduled functions of a region without devices, at most. Eight acquire and
   * release a lease, and one of them looks for releases of firmware; the watcher stores a
   * heartbeat, and the status page its state and first page.
   */
  idleMinute: { s3Writes: 7, s3Reads: 12, tableReadUnits: 69, tableWriteUnits: 18 },
  /**
   * A run of a canary, an estimate from its steps: five requests of the API, an event with one
   * delivery, two calls, a stream of six seconds, and a connection with its presence. Each tenth
   * run offers an update in addition: three requests, a connection, an offer and two reports. The
   * controller reads its release each minute.
   */
  canaryRun: {
    lambdaRequests: 10.6,
    lambdaGbSeconds: 2.8,
    apiRequests: 5.3,
    brokerMessages: 14.8,
    rulesTriggered: 6.5,
    ruleActions: 6.5,
    sqsRequests: 21,
    tableReadUnits: 32,
    tableWriteUnits: 14,
  },
} as const satisfies Record<string, Units>;

/** The metrics of a canary: failures and latencies of eight checks, and its runs. */
export const canaryMetrics = 17;

/** The metric that a watcher writes each minute. Other functions write theirs when they count. */
export const watcherMetrics = 1;

/** Reads of the alarms of a region: those in alarm, and those without data. */
export const alarmReads = 2;

/**
 * Processor time of functions in milliseconds, on a whole processor: the time of the function's
 * thread, from the operating system, measured on 2026-11-30 with Node.js 24 and batches of one to
 * ten events on one machine. Without TLS, which AWS and most targets require.
 */
export const recordedMs = {
  ...processorMs,
  /** `record`, for each record. */
  record: { perRecord: 0.08 },
  /** `ledger`, for each event. */
  ledger: { perEvent: 0.05 },
  /** All scheduled functions of a region without devices, each minute. At most. */
  scheduled: { perMinute: 400 },
} as const;

/**
 * Time that a batch of `route` or `deliver` waits for the queues of AWS, in milliseconds. An
 * assumption: it depends on the region and is not measured on AWS.
 */
export const queueWaitMs = 10;
