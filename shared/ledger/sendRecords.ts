import { recordsBufferedMax } from "./limits.ts";
import type { LedgerRecord, RecordQueue } from "./record.ts";

/** What the queue of records did not take: how many, and how many of them are given up. */
export interface RefusedRecords {
  readonly refused: number;
  readonly lost: number;
  readonly error: Error;
}

interface Deps {
  records: RecordQueue;
  onRefused: (refused: RefusedRecords) => void;
}

/** Says what became of a batch. Never fails, and keeps nobody for long. */
export type RecordSender = (record: LedgerRecord) => Promise<void>;

/**
 * Sends what a worker has to say of its batches to the queue of records. What the queue does not take is kept
 * in memory, up to `recordsBufferedMax`, and sent with the next batch: delivery goes on without.
 */
export const sendRecords = ({ records, onRefused }: Deps): RecordSender => {
  let kept: readonly LedgerRecord[] = [];
  return async (record) => {
    const isEmpty = Object.values(record).every((said) => said.length === 0);
    const all = isEmpty ? kept : [...kept, record];
    if (all.length === 0) return;
    kept = [];
    const refused = await records.send(all);
    const left = all.filter((_, i) => refused.has(i));
    kept = left.slice(-recordsBufferedMax);
    const [error] = refused.values();
    if (error) onRefused({ refused: left.length, lost: left.length - kept.length, error });
  };
};
