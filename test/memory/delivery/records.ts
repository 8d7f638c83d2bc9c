import type { LedgerRecord, RecordQueue } from "#shared/ledger/record.ts";

export interface MemoryRecords extends RecordQueue {
  readonly queued: LedgerRecord[];
}

/** The queue of records in memory. Rejects those that `refuses` selects. */
export const memoryRecords = (
  refuses: (record: LedgerRecord) => boolean = () => false,
): MemoryRecords => {
  const queued: LedgerRecord[] = [];
  return {
    queued,
    async send(records) {
      queued.push(...records.filter((one) => !refuses(one)));
      return new Map(
        records.flatMap((one, i) => (refuses(one) ? [[i, new Error("refused")]] : [])),
      );
    },
  };
};
