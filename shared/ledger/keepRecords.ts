import { recordsKeptMax } from "./limits.ts";
import type { Record, Records } from "./record.ts";

/** What the queue of records did not take: how many, and how many of them are given up. */
export interface Refused {
  readonly refused: number;
  readonly lost: number;
  readonly error: Error;
}

interface Deps {
  records: Records;
  onRefused: (refused: Refused) => void;
}

/** Says what became of a batch. Never fails, and keeps nobody for long. */
export type RecordKeeper = (record: Record) => Promise<void>;

/**
 * Sends what a worker has to say of its batches to the queue of records. What the queue does not take is kept
 * in memory, up to `recordsKeptMax`, and sent with the next batch: delivery goes on without.
 */
export const keepRecords = ({ records, onRefused }: Deps): RecordKeeper => {
  let kept: readonly Record[] = [];
  return async (record) => {
    const isEmpty = Object.values(record).every((said) => said.length === 0);
    const all = isEmpty ? kept : [...kept, record];
    if (all.length === 0) return;
    kept = [];
    const refused = await records.send(all);
    const left = all.filter((_, i) => refused.has(i));
    kept = left.slice(-recordsKeptMax);
    const [error] = refused.values();
    if (error) onRefused({ refused: left.length, lost: left.length - kept.length, error });
  };
};
