import type { Record, Records } from "#shared/ledger/record.ts";

export interface MemoryRecords extends Records {
  readonly queued: Record[];
}

/** The queue of records in memory. It does not take those that `refuses` says. */
export const memoryRecords = (
  refuses: (record: Record) => boolean = () => false,
): MemoryRecords => {
  const queued: Record[] = [];
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
