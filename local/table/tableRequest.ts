import type { UsageMeter } from "../platform/usageMeter.ts";

/** A request that DynamoDB has answered. */
export interface AnsweredRequest {
  /** For example `DynamoDB_20120810.PutItem`. */
  readonly target: string;
  readonly requestBytes: number;
  readonly answerBytes: number;
}

/** https://aws.amazon.com/dynamodb/pricing/on-demand/ */
const writeUnitBytes = 1_024;
const readUnitBytes = 4_096;

/**
 * Counts a request's capacity units by the sizes of its request and response. An upper bound: the
 * JSON is larger than its items, and every read counts as strongly consistent, which costs twice as
 * much.
 */
export const meterRequest = (usageMeter: UsageMeter, request: AnsweredRequest): void => {
  const action = request.target.split(".")[1] ?? "";
  if (/^(Put|Update|Delete|BatchWrite)Item$/.test(action)) {
    usageMeter.add("tableWriteUnits", units(request.requestBytes, writeUnitBytes));
  } else if (/^(Query|Scan|(BatchGet|Get)Item)$/.test(action)) {
    usageMeter.add("tableReadUnits", units(request.answerBytes, readUnitBytes));
  }
};

const units = (bytes: number, unitBytes: number): number =>
  Math.max(1, Math.ceil(bytes / unitBytes));

const reads: ReadonlySet<string> = new Set([
  "BatchGetItem",
  "DescribeTable",
  "DescribeTimeToLive",
  "GetItem",
  "ListTables",
  "ListTagsOfResource",
  "Query",
  "Scan",
  "TransactGetItems",
]);

/** Whether an action of `x-amz-target` is read-only. An unknown action may write. */
export const isReadRequest = (target: string | undefined): boolean =>
  reads.has(target?.split(".").at(-1) ?? "");
