/**
 * What AWS would bill, of the services that do not count for themselves as IoT Core and Lambda do. Each
 * kind is counted in one thread only, so that no count needs a lock.
 */
const kinds = [
  /** Requests to SQS, one for each 64 KB of a payload. */
  "sqsSends",
  /** Those of the sends that name a message group, which costs extra. */
  "sqsGroupSends",
  "sqsReceives",
  "sqsDeletes",
  "sqsOthers",
  /** PUT, POST and LIST have one price, GET another, and DELETE none. */
  "s3Writes",
  "s3Reads",
  "tableReadUnits",
  "tableWriteUnits",
  "apiRequests",
] as const;

export type UsageKind = (typeof kinds)[number];

/** Counts since the start, shared by the threads of this process. */
export interface UsageMeter {
  /** Opens the same counts in another thread. */
  readonly memory: SharedArrayBuffer;
  add(kind: UsageKind, amount: number): void;
  read(): ReadonlyMap<UsageKind, number>;
}

/** New counts, or with `memory` those that another thread has opened. */
export const openUsageMeter = (
  memory = new SharedArrayBuffer(kinds.length * Float64Array.BYTES_PER_ELEMENT),
): UsageMeter => {
  const counts = new Float64Array(memory);
  return {
    memory,
    add(kind, amount) {
      const at = kinds.indexOf(kind);
      counts[at] = (counts[at] ?? 0) + amount;
    },
    read: () => new Map(kinds.map((kind, at) => [kind, counts[at] ?? 0])),
  };
};
