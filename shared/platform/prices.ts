/**
 * AWS list prices per billed unit, in US dollars, for us-east-1, read in November 2026 from the
 * pricing pages of the services (https://aws.amazon.com/<service>/pricing/) and copies of them.
 * Prices change and differ by region: check them before you rely on them. Free tiers are not
 * included.
 */

/** A price per million units, up to a number of units per month. */
interface Tier {
  readonly upTo: number;
  readonly perMillion: number;
}

const flat = (perMillion: number): readonly Tier[] => [
  { upTo: Number.POSITIVE_INFINITY, perMillion },
];

/** The price of each billed unit. */
export const prices = {
  // https://aws.amazon.com/iot-core/pricing/
  connectionMinutes: flat(0.08),
  /** Of 5 KB each. */
  brokerMessages: [
    { upTo: 1e9, perMillion: 1 },
    { upTo: 5e9, perMillion: 0.8 },
    { upTo: Number.POSITIVE_INFINITY, perMillion: 0.7 },
  ],
  /** Of 5 KB each. */
  rulesTriggered: flat(0.15),
  ruleActions: flat(0.15),
  // https://aws.amazon.com/sqs/pricing/
  /** Of 64 KB each. */
  sqsRequests: [
    { upTo: 1e11, perMillion: 0.4 },
    { upTo: 2e11, perMillion: 0.3 },
    { upTo: Number.POSITIVE_INFINITY, perMillion: 0.24 },
  ],
  /** Surcharge for requests that send messages with a group id to a standard queue (fair queue). */
  sqsGroupRequests: flat(0.1),
  // https://aws.amazon.com/lambda/pricing/
  lambdaRequests: flat(0.2),
  /** On arm64. */
  lambdaGbSeconds: flat(13.3334),
  // https://aws.amazon.com/dynamodb/pricing/on-demand/
  /** Of 4 KB each, strongly consistent. */
  tableReadUnits: flat(0.125),
  /** Of 1 KB each, in one region. */
  tableWriteUnits: flat(0.625),
  // https://aws.amazon.com/api-gateway/pricing/
  /** To a REST API. */
  apiRequests: [
    { upTo: 333e6, perMillion: 3.5 },
    { upTo: 1e9, perMillion: 2.8 },
    { upTo: Number.POSITIVE_INFINITY, perMillion: 2.38 },
  ],
  // https://aws.amazon.com/s3/pricing/
  s3Writes: flat(5),
  s3Reads: flat(0.4),
  // https://aws.amazon.com/ec2/pricing/on-demand/#Data_Transfer: $0.09 per GB to the internet
  egressBytes: flat(0.09 / 1_000),
  // https://aws.amazon.com/cloudwatch/pricing/: $0.50 per ingested GB
  logBytes: flat(0.5 / 1_000),
  // Monthly prices of single resources.
  /** A metric of an alarm with a period of at least a minute: $0.10. */
  alarmMetrics: flat(0.1e6),
  compositeAlarms: flat(0.5e6),
  /** A metric that functions write, in each month with data: $0.30. */
  customMetrics: flat(0.3e6),
  /** To the API of CloudWatch, for example `DescribeAlarms`: $0.01 per thousand. */
  cloudWatchRequests: flat(10),
  // https://aws.amazon.com/eventbridge/pricing/
  /** An event that a function sends, and an event that another region receives. */
  busEvents: flat(1),
  // https://aws.amazon.com/kms/pricing/: $1, and $1 more after each of the first two rotations
  kmsKeys: flat(1e6),
  // https://aws.amazon.com/route53/pricing/: $0.50 in AWS, $1 each for HTTPS and 10 seconds
  healthChecks: flat(2.5e6),
} satisfies Readonly<Record<string, readonly Tier[]>>;

export type Unit = keyof typeof prices;

/** Returns the cost of a number of units in one month, in dollars. */
export const dollars = (unit: Unit, units: number): number => {
  let from = 0;
  let sum = 0;
  for (const { upTo, perMillion } of prices[unit]) {
    sum += (Math.max(0, Math.min(units, upTo) - from) * perMillion) / 1e6;
    from = upTo;
  }
  return sum;
};
