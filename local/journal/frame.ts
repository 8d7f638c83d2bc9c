import { crc32 } from "node:zlib";

/*
 * A record of a journal: length and CRC-32 of its payload, 4 bytes each (little endian), then the
 * payload. The checksum includes the number of the record, so that a record at another position is
 * invalid.
 */

/** Where a record is in a journal. */
export interface RecordPosition {
  readonly segment: number;
  /** Its position in the segment's file. */
  readonly offset: number;
  /** Its number among all records of the journal. */
  readonly number: number;
}

/** Length of the fields before the payload. */
export const frameBytes = 8;

/** Fills in the fields before a payload of `bytes` bytes that begins at `offset + frameBytes`. */
export const sealFrame = (
  buffer: Buffer,
  { offset, bytes, number }: { offset: number; bytes: number; number: number },
): void => {
  const start = offset + frameBytes;
  buffer.writeUInt32LE(bytes, offset);
  buffer.writeUInt32LE(checksum(buffer.subarray(start, start + bytes), number), offset + 4);
};

/** The payload of the record at `offset`; `undefined` when it is incomplete or corrupt. */
export const openFrame = (buffer: Buffer, offset: number, number: number): Buffer | undefined => {
  const start = offset + frameBytes;
  if (start > buffer.length) return undefined;
  const bytes = buffer.readUInt32LE(offset);
  if (bytes === 0 || start + bytes > buffer.length) return undefined;
  const payload = buffer.subarray(start, start + bytes);
  return checksum(payload, number) === buffer.readUInt32LE(offset + 4) ? payload : undefined;
};

const checksum = (payload: Buffer, number: number): number => crc32(payload, number % 2 ** 32);
