import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { frameBytes, openFrame, sealFrame } from "./frame.ts";

/*
 * A journal is a sequence of numbered files, its segments. The first record of a segment is its
 * header. The first byte of a record is its type: 0 and 1 belong to the journal, and others to its
 * user.
 */

export const headerType = 0;
/** A record that earlier segments are no longer needed. */
export const dropType = 1;

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
  /** `undefined` when it is incomplete or corrupt. Its number is another one in a misplaced file. */
  readonly header: SegmentHeader | undefined;
  /** Number of the record after the last intact one. */
  readonly end: number;
  /** Length of the intact records. */
  readonly intactBytes: number;
  readonly fileBytes: number;
  /** The highest number of a dropped segment in its records. */
  readonly dropped: number;
}

/**
 * Reads a segment up to the first record that is not intact, and passes the user's records to
 * `visit`: the type is the first byte of the payload. The payload is valid during the call.
 */
export const scanSegment = (
  folder: string,
  segment: number,
  visit: (payload: Buffer, state?: unknown) => void = () => {},
): ScannedSegment => {
  const buffer = readInto(join(folder, segmentName(segment)));
  const fileBytes = buffer.length;
  const first = openFrame(buffer, 0, segment);
  const found = first && parseHeader(first);
  if (first === undefined || found === undefined) {
    const header = misplacedHeader(buffer);
    return { segment, header, end: 0, intactBytes: 0, fileBytes, dropped: 0 };
  }
  visit(first, found.state);
  let { dropped } = found;
  let end = found.from + 1;
  let offset = frameBytes + first.length;
  for (;;) {
    const payload = openFrame(buffer, offset, end);
    if (payload === undefined) break;
    if (payload[0] === dropType) dropped = Math.max(dropped, payload.readDoubleLE(1));
    else visit(payload);
    offset += frameBytes + payload.length;
    end += 1;
  }
  return { segment, header: found, end, intactBytes: offset, fileBytes, dropped };
};

/**
 * Reads every intact record of a damaged segment, also those after a corrupt one. `from` is the
 * number of its header if that is corrupt. Returns the number of the record after the last one.
 */
export const salvageSegment = (
  folder: string,
  { segment, from }: { segment: number; from: number },
  visit: (payload: Buffer, state?: unknown) => void,
): number => {
  const buffer = readInto(join(folder, segmentName(segment)));
  const first = openFrame(buffer, 0, segment);
  const found = first && parseHeader(first);
  if (first !== undefined && found !== undefined) visit(first, found.state);
  let number = (found?.from ?? from) + 1;
  let offset = endOfFrame(buffer, 0);
  while (offset !== undefined) {
    const payload = openFrame(buffer, offset, number);
    if (payload !== undefined && payload[0] !== dropType) visit(payload);
    const end = endOfFrame(buffer, offset);
    if (end === undefined) break;
    offset = end;
    number += 1;
  }
  return number;
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
  const found = end && parseHeader(buffer.subarray(frameBytes, end));
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
