import * as z from "zod";
import { delayMsMax } from "./limits.ts";

/** The services of a region that a drill can stop, slow down and make fail. */
export const serviceName = z.enum([
  /** IoT Core: MQTT, and its control and data planes. */
  "broker",
  /** SQS. */
  "queues",
  /** S3. */
  "buckets",
  /** DynamoDB. */
  "tables",
  /** KMS. */
  "keys",
  /** Lambda, with its event source mappings. */
  "functions",
  /** API Gateway. */
  "api",
  /** EventBridge, with its schedules. */
  "events",
  /** SNS. */
  "topics",
  /** Parameters of Systems Manager. */
  "parameters",
  /** CloudWatch: metrics and alarms. */
  "alarms",
]);

export type ServiceName = z.output<typeof serviceName>;

const errorFault = z.strictObject({
  status: z.int().min(400).max(599).default(500),
  /** The exception name, as in AWS. */
  code: z.string().min(1).default("InternalServerError"),
  /** The fraction of requests that fail. */
  share: z.number().min(0).max(1).default(1),
  /**
   * Limits the fault to these operations: an action such as `PutItem`, a part of a function's name,
   * or a part of `POST /topics/x`.
   */
  operations: z.array(z.string().min(1)).optional(),
  /** Limits the fault to requests that name one of these tables. */
  tables: z.array(z.string().min(1)).optional(),
});

export type ErrorFault = z.output<typeof errorFault>;

/** A fault of a running service. */
export const fault = z.strictObject({
  delayMs: z.int().min(0).max(delayMsMax).default(0),
  /**
   * For `functions`: limits the fault, also its delay, to functions whose name contains one of
   * these.
   */
  functions: z.array(z.string().min(1)).min(1).optional(),
  error: errorFault.optional(),
});

export type Fault = z.output<typeof fault>;

/** The condition of a service. A service that is not listed is healthy. */
export const condition = z.strictObject({
  isStopped: z.boolean(),
  fault: fault.optional(),
});

export type Condition = z.output<typeof condition>;

export const conditions = z.partialRecord(serviceName, condition);

export type Conditions = Readonly<z.output<typeof conditions>>;
