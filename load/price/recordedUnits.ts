import type { Unit } from "#shared/platform/prices.ts";
import type { PartName } from "../parts/parts.ts";

type Billed = Readonly<Partial<Record<Unit, number>>>;

/** A call or a read of a variable, while its user makes many. */
const call: Billed = {
  brokerMessages: 2,
  rulesTriggered: 1,
  ruleActions: 1,
  sqsRequests: 1.2,
  lambdaRequests: 1,
  lambdaGbSeconds: 0.02,
  tableReadUnits: 4.1,
  tableWriteUnits: 3.1,
  apiRequests: 1,
};

/** A delivery of a job. A backfill also reads the archive. */
const jobDelivery: Billed = {
  brokerMessages: 1,
  rulesTriggered: 1,
  sqsRequests: 0.6,
  sqsGroupRequests: 0.1,
  lambdaRequests: 0.2,
  lambdaGbSeconds: 0.012,
  tableReadUnits: 0.7,
  tableWriteUnits: 0.3,
  s3Writes: 0.008,
};

/** An event with one delivery. */
const event: Billed = {
  brokerMessages: 1.2,
  rulesTriggered: 1.2,
  ruleActions: 1,
  sqsRequests: 1.8,
  sqsGroupRequests: 0.1,
  lambdaRequests: 0.2,
  lambdaGbSeconds: 0.007,
  tableReadUnits: 0.1,
  tableWriteUnits: 0.01,
  logBytes: 20,
};

/**
 * Billed units of AWS for one delivered unit of each part, as `npm run load` counts them on one
 * machine, where batches are not fuller and functions not faster than on AWS. Those of `backfill`
 * and `usage` are taken from the parts that do the same work.
 */
export const recordedUnits: Readonly<Record<PartName, Billed>> = {
  events: event,
  calls: call,
  variables: call,
  streams: {
    brokerMessages: 2.1,
    rulesTriggered: 1,
    ruleActions: 1,
    sqsRequests: 1.2,
    lambdaRequests: 0.06,
    lambdaGbSeconds: 0.02,
    tableReadUnits: 0.1,
    tableWriteUnits: 0.4,
  },
  reconnect: {
    brokerMessages: 4.6,
    rulesTriggered: 6.6,
    ruleActions: 6.6,
    sqsRequests: 13,
    sqsGroupRequests: 0.4,
    lambdaRequests: 1.4,
    lambdaGbSeconds: 0.9,
    tableReadUnits: 15,
    tableWriteUnits: 16,
    s3Writes: 0.01,
  },
  hello: {
    brokerMessages: 1.1,
    rulesTriggered: 1.1,
    ruleActions: 1.1,
    sqsRequests: 2.8,
    lambdaRequests: 0.3,
    lambdaGbSeconds: 0.14,
    tableReadUnits: 4.9,
    tableWriteUnits: 4.4,
    s3Writes: 0.008,
  },
  provisioning: {
    lambdaRequests: 1.1,
    lambdaGbSeconds: 0.23,
    tableReadUnits: 7.4,
    tableWriteUnits: 6,
    apiRequests: 1.1,
    s3Reads: 0.02,
  },
  replay: jobDelivery,
  backfill: { ...jobDelivery, s3Reads: 0.01 },
  "dead-letters": {
    brokerMessages: 2,
    rulesTriggered: 2,
    ruleActions: 1,
    sqsRequests: 2.3,
    sqsGroupRequests: 0.2,
    lambdaRequests: 0.4,
    lambdaGbSeconds: 0.03,
    tableReadUnits: 1,
    tableWriteUnits: 2,
    logBytes: 41,
  },
  downloads: {
    lambdaRequests: 1,
    lambdaGbSeconds: 0.006,
    tableReadUnits: 1.2,
    tableWriteUnits: 0.1,
    apiRequests: 1,
    s3Reads: 1,
    egressBytes: 65_536,
  },
  status: { s3Reads: 3 },
  usage: event,
  console: {
    lambdaRequests: 6,
    lambdaGbSeconds: 0.53,
    tableReadUnits: 19,
    tableWriteUnits: 7,
    apiRequests: 6,
  },
};
