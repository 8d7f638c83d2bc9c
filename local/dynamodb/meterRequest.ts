import type { UsageMeter } from "../platform/usageMeter.ts";

/** A request that DynamoDB has answered. */
export interface AnsweredRequest {
  /** For example `PutItem`. */
  readonly operation: string;
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
  const { operation } = request;
  if (/^(?:(?:Put|Update|Delete|BatchWrite)Item|TransactWriteItems)$/.test(operation)) {
    usageMeter.add("tableWriteUnits", units(request.requestBytes, writeUnitBytes));
  } else if (/^(?:Query|Scan|(?:BatchGet|Get)Item|TransactGetItems)$/.test(operation)) {
    usageMeter.add("tableReadUnits", units(request.answerBytes, readUnitBytes));
  }
};

const units = (bytes: number, unitBytes: number): number =>
  Math.max(1, Math.ceil(bytes / unitBytes));
