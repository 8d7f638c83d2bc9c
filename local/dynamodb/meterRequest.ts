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
  const capacity = capacityOf(request);
  if (capacity === undefined) return;
  usageMeter.add(capacity.kind === "Write" ? "tableWriteUnits" : "tableReadUnits", capacity.units);
};

/**
 * The capacity units of a request by the same rule; `undefined` if it reads and writes no items.
 */
export const capacityOf = ({
  operation,
  requestBytes,
  answerBytes,
}: AnsweredRequest): { kind: "Read" | "Write"; units: number } | undefined => {
  if (/^(?:(?:Put|Update|Delete|BatchWrite)Item|TransactWriteItems)$/.test(operation)) {
    return { kind: "Write", units: units(requestBytes, writeUnitBytes) };
  }
  return /^(?:Query|Scan|(?:BatchGet|Get)Item|TransactGetItems)$/.test(operation)
    ? { kind: "Read", units: units(answerBytes, readUnitBytes) }
    : undefined;
};

const units = (bytes: number, unitBytes: number): number =>
  Math.max(1, Math.ceil(bytes / unitBytes));
