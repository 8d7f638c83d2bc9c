import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { frameBytes, openFrame, type RecordPosition, sealFrame } from "./frame.ts";
import { recordNumberOf } from "./recordNumber.ts";

/*
 * A journal is a sequence of numbered files, its segments. The first record of a segment is its
 * header. The first byte of a record is its type: 0 and 1 belong to the journal, and others to its
 * user.
 */

export const headerType = 0;
/** A record that earlier segments are no longer needed. */
export const dropType = 1;
/** The highest type of a user's record. */
const recordTypeMax = 31;

const header = z.object({
  version: z.literal(1),
  /** The id of the state folder. */
  id: z.string(),
  segment: z.number(),
  /** Number of the header among all records of the journal. */
  from: z.number(),
  /** Segments up to this number are no longer needed. */
  dropped: z.number(),
  /** State of the journal's user at this point, as JSON. */
  state: z.unknown(),
});

export type SegmentHeader = z.output<typeof header>;

const namePattern = /^(\d{10})\.journal$/;

export const segmentName = (segment: number): string =>
  `${String(segment).padStart(10, "0")}.journal`;

/** The number of a segment's file; `undefined` for other files. */
export const segmentNumber = (name: string): number | undefined => {
  const number = namePattern.exec(name)?.[1];
  return number === undefined ? undefined : Number(number);
};

export const headerPayload = (given: Omit<SegmentHeader, "version">): Buffer =>
  Buffer.concat([Buffer.from([headerType]), Buffer.from(JSON.stringify({ version: 1, ...given }))]);

/** A complete record with this payload. */
export const frameOf = (payload: Buffer, number: number): Buffer => {
  const frame = Buffer.alloc(frameBytes + payload.length);
  payload.copy(frame, frameBytes);
  sealFrame(frame, { offset: 0, bytes: payload.length, number });
  return frame;
};

/** The content of a segment's file. */
export interface ScannedSegment {
  readonly segment: number;
  /**
   * `undefined` when it is incomplete or corrupt. Its number is another one in a misplaced file.
   */
  readonly header: SegmentHeader | undefined;
  /** Number of the record after the last intact one. */
  readonly end: number;
  /** Length of the intact records. */
  readonly intactBytes: number;
  readonly fileBytes: number;
  /** The highest number of a dropped segment in its records. */
  readonly dropped: number;
}

/** Called for each record of a user, and with the state for the header of a segment. */
export type Visit = (payload: Buffer, position: RecordPosition, state?: unknown) => void;

/**
 * Reads a segment up to the first record that is not intact, and passes the user's records to
 * `visit`: the type is the first byte of the payload. The payload is valid during the call.
 */
export const scanSegment = (
  folder: string,
  segment: number,
  visit: Visit = () => {},
): ScannedSegment => {
  const buffer = readInto(join(folder, segmentName(segment)));
  const fileBytes = buffer.length;
  const first = openFrame(buffer, 0, segment);
  const found = first && parseHeader(first);
  if (first === undefined || found === undefined) {
    const header = misplacedHeader(buffer);
    return { segment, header, end: 0, intactBytes: 0, fileBytes, dropped: 0 };
  }
  visit(first, { segment, offset: 0, number: found.from }, found.state);
  let { dropped } = found;
  let end = found.from + 1;
  let offset = frameBytes + first.length;
  for (;;) {
    const payload = openFrame(buffer, offset, end);
    if (payload === undefined) break;
    if (payload[0] === dropType) dropped = Math.max(dropped, payload.readDoubleLE(1));
    else visit(payload, { segment, offset, number: end });
    offset += frameBytes + payload.length;
    end += 1;
  }
  return { segment, header: found, end, intactBytes: offset, fileBytes, dropped };
};

/**
 * Reads every intact record of a damaged segment, also those after corrupt ones, and passes the
 * user's records to `visit`. `from` is the number of its header if that is corrupt. Returns the
 * number of the record after the last one. Ignores a segment of another state folder.
 */
export const salvageSegment = (
  folder: string,
  { id, segment, from }: { id: string; segment: number; from: number },
  visit: Visit,
): number => {
  const buffer = readInto(join(folder, segmentName(segment)));
  const first = openFrame(buffer, 0, segment);
  const found = first && parseHeader(first);
  const header = found ?? misplacedHeader(buffer);
  if (header !== undefined && (header.id !== id || header.segment !== segment)) return from;
  if (first !== undefined && found !== undefined) {
    visit(first, { segment, offset: 0, number: found.from }, found.state);
  }
  let number = (found?.from ?? from) + 1;
  let offset = first === undefined ? 0 : frameBytes + first.length;
  for (;;) {
    const next = findFrame(buffer, offset, number);
    if (next === undefined) return number;
    const start = next.end - frameBytes - next.payload.length;
    const position = { segment, offset: start, number: next.number };
    if (next.payload[0] !== dropType) visit(next.payload, position);
    offset = next.end;
    number = next.number + 1;
  }
};

/**
 * A record after at most so many corrupt ones is accepted by its checksum. With any number of them,
 * the next record must be intact as well: a checksum alone fits random bytes with some number.
 */
const skippedRecordsMax = 1_000;

/** The first intact record at or after `offset` with this number or a later one. */
const findFrame = (
  buffer: Buffer,
  offset: number,
  number: number,
): { payload: Buffer; end: number; number: number } | undefined => {
  for (let start = offset; start + frameBytes < buffer.length; start += 1) {
    const end = endOfFrame(buffer, start);
    if (end === undefined || (buffer[start + frameBytes] ?? 0) > recordTypeMax) continue;
    const expected = openFrame(buffer, start, number);
    if (expected !== undefined) return { payload: expected, end, number };
    const payload = buffer.subarray(start + frameBytes, end);
    const found = recordNumberOf(payload, buffer.readUInt32LE(start + 4));
    const skipped = (found + 2 ** 32 - (number % 2 ** 32)) % 2 ** 32;
    // As many records as fit may be corrupt.
    const isNear = skipped <= Math.min(skippedRecordsMax, Math.ceil((start - offset) / frameBytes));
    const hasNext = (): boolean => openFrame(buffer, end, number + skipped + 1) !== undefined;
    if (isNear || hasNext()) return { payload, end, number: number + skipped };
  }
  return undefined;
};

/** The end of the record at `offset`; `undefined` when its length is not plausible. */
const endOfFrame = (buffer: Buffer, offset: number): number | undefined => {
  if (offset + frameBytes > buffer.length) return undefined;
  const bytes = buffer.readUInt32LE(offset);
  const end = offset + frameBytes + bytes;
  return bytes === 0 || end > buffer.length ? undefined : end;
};

/** The header of another segment that was copied or renamed. */
const misplacedHeader = (buffer: Buffer): SegmentHeader | undefined => {
  const end = endOfFrame(buffer, 0);
  if (end === undefined) return undefined;
  const found = parseHeader(buffer.subarray(frameBytes, end));
  return found && openFrame(buffer, 0, found.segment) && found;
};

/** Each file is read into the same memory. */
let memory = Buffer.alloc(0);

const readInto = (path: string): Buffer => {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    if (memory.length < size) memory = Buffer.allocUnsafe(size);
    let bytes = 0;
    while (bytes < size) {
      const more = readSync(file, memory, bytes, size - bytes, bytes);
      if (more === 0) break;
      bytes += more;
    }
    return memory.subarray(0, bytes);
  } finally {
    closeSync(file);
  }
};

/** Releases the memory for reading. */
export const releaseScanMemory = (): void => {
  memory = Buffer.alloc(0);
};

const parseHeader = (payload: Buffer): SegmentHeader | undefined => {
  if (payload[0] !== headerType) return undefined;
  try {
    return header.parse(JSON.parse(payload.toString("utf8", 1)));
  } catch {
    return undefined;
  }
};
