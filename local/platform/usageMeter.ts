/**
 * Billable usage of the services that do not count for themselves (IoT Core and Lambda do). Each
 * kind is counted in a single thread, so that no count needs a lock.
 */
const kinds = [
  /** SQS send requests, one per 64 KB of payload. */
  "sqsSends",
  /** Sends with a message group, which have a surcharge. */
  "sqsGroupSends",
  "sqsReceives",
  "sqsDeletes",
  "sqsOthers",
  /** Billed at one price: PUT, POST and LIST. GET has another price, DELETE is free. */
  "s3Writes",
  "s3Reads",
  "tableReadUnits",
  "tableWriteUnits",
  "apiRequests",
] as const;

export type UsageKind = (typeof kinds)[number];

/** Usage counts since the start, shared by the threads of this process. */
export interface UsageMeter {
  /** Pass this to another thread to open the same counts there. */
  readonly memory: SharedArrayBuffer;
  add(kind: UsageKind, amount: number): void;
  read(): ReadonlyMap<UsageKind, number>;
}

/** Creates new counts, or opens those of another thread with its `memory`. */
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
