import { recordsBufferedMax } from "./limits.ts";
import type { LedgerRecord, RecordQueue } from "./record.ts";

/** The number of records that the queue did not take, and how many of them were dropped. */
export interface RefusedRecords {
  readonly refused: number;
  readonly lost: number;
  readonly error: Error;
}

interface Deps {
  records: RecordQueue;
  onRefused: (refused: RefusedRecords) => void;
}

/** Sends the record of a batch. Never fails. */
export type RecordSender = (record: LedgerRecord) => Promise<void>;

/**
 * Sends a worker's records to the queue of records. Records that the queue does not take are
 * buffered in memory, up to `recordsBufferedMax`, and sent with the next batch. Deliveries continue
 * without them.
 */
export const sendRecords = ({ records, onRefused }: Deps): RecordSender => {
  let buffered: readonly LedgerRecord[] = [];
  return async (record) => {
    const isEmpty = Object.values(record).every((said) => said.length === 0);
    const all = isEmpty ? buffered : [...buffered, record];
    if (all.length === 0) return;
    buffered = [];
    const refused = await records.send(all);
    const left = all.filter((_, i) => refused.has(i));
    buffered = left.slice(-recordsBufferedMax);
    const [error] = refused.values();
    if (error) onRefused({ refused: left.length, lost: left.length - buffered.length, error });
  };
};
