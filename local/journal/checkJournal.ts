import { readdirSync } from "node:fs";
import {
  type ScannedSegment,
  scanSegment,
  segmentName,
  segmentNumber,
  type Visit,
} from "./segment.ts";

/** The segments of an intact journal. */
export interface IntactJournal {
  /**
   * Number of records; the last segment may end with an incomplete record, which does not count.
   */
  readonly count: number;
  readonly dropped: number;
  /** The segments with records, in order. */
  readonly segments: readonly ScannedSegment[];
  /** Numbers of files without needed records: dropped segments, and an incomplete new one. */
  readonly unneeded: readonly number[];
}

export type CheckedJournal = IntactJournal | { readonly damage: string };

/**
 * Checks the files of a journal and changes nothing. Only the end of the last segment may be
 * incomplete or corrupt. The caller compares the number of intact records with the number of
 * acknowledged ones. Passes the records to `visit`, also those of segments that are no longer
 * needed.
 */
export const checkJournal = (folder: string, id: string, visit?: Visit): CheckedJournal => {
  const numbers = readdirSync(folder)
    .flatMap((name) => segmentNumber(name) ?? [])
    .sort((one, other) => one - other);
  const scanned = numbers.map((number) => scanSegment(folder, number, visit));
  const dropped = Math.max(0, ...scanned.map((one) => one.dropped));
  const needed = scanned.filter(({ segment }) => segment > dropped);
  const unneeded = numbers.filter((number) => number <= dropped);
  // A copied file is not an earlier segment of this journal: it is not deleted.
  const misplaced = scanned.find(
    ({ segment, header }) =>
      header !== undefined && (header.id !== id || header.segment !== segment),
  );
  if (misplaced !== undefined) {
    const { segment, header } = misplaced;
    return header?.id === id
      ? { damage: `${segmentName(segment)} is a copy of another segment` }
      : { damage: "it contains data of another state folder" };
  }
  let count = 0;
  const segments: ScannedSegment[] = [];
  for (const [i, one] of needed.entries()) {
    const { segment, header } = one;
    const name = segmentName(segment);
    const expected = dropped + 1 + i;
    if (segment !== expected) return { damage: `${segmentName(expected)} is missing` };
    const isLast = i === needed.length - 1;
    if (header === undefined) {
      if (!isLast || (i === 0 && dropped > 0)) return { damage: `${name} is corrupt` };
      unneeded.push(segment);
      break;
    }
    const follows = i === 0 || header.from === count;
    if (!follows) return { damage: `${name} is out of order` };
    if (!isLast && one.intactBytes !== one.fileBytes) return { damage: `${name} is corrupt` };
    count = one.end;
    segments.push(one);
  }
  if (needed.length === 0 && dropped > 0) {
    return { damage: `${segmentName(dropped + 1)} is missing` };
  }
  return { count, dropped, segments, unneeded };
};
