import { crc32 } from "node:zlib";
import { recordBytesMax } from "../limits.ts";
import type { DiskArea, SlotDisk } from "./slotDisk.ts";

/** A text on a disk that is replaced atomically. */
export interface DiskRecord {
  /** Returns the newest text that is complete, or `undefined`. */
  read(): Promise<string | undefined>;
  /** Resolves when the text is durable. */
  write(text: string): Promise<void>;
}

interface Copy {
  readonly count: number;
  readonly text: string;
}

/**
 * A record in two copies. A write replaces the older copy, so an incomplete write or a damaged copy
 * leaves the text before it. Format of a copy: CRC-32 in 8 hex digits, a space, the number of the
 * write, a space, the length of the text in bytes, a line feed, the text.
 */
export const diskRecord = (disk: SlotDisk, areas: readonly [DiskArea, DiskArea]): DiskRecord => {
  let count: number | undefined;
  const newest = async (): Promise<Copy | undefined> => {
    const copies = await Promise.all(areas.map((area) => readCopy(disk, area)));
    const valid = copies.filter((copy) => copy !== undefined);
    return valid.toSorted((one, other) => other.count - one.count)[0];
  };
  return {
    async read() {
      const copy = await newest();
      count = copy?.count ?? 0;
      return copy?.text;
    },
    async write(text) {
      count ??= (await newest())?.count ?? 0;
      const next = count + 1;
      const area = areas[next % 2 === 0 ? 0 : 1];
      const bytes = formatCopy({ count: next, text });
      if (bytes.length > recordBytesMax) throw new Error("the record is too long");
      await disk.write(area, 0, bytes);
      await disk.sync(area);
      count = next;
    },
  };
};

const formatCopy = ({ count, text }: Copy): Buffer => {
  const rest = `${count} ${Buffer.byteLength(text)}\n${text}`;
  return Buffer.from(`${checksum(rest)} ${rest}`);
};

const readCopy = async (disk: SlotDisk, area: DiskArea): Promise<Copy | undefined> => {
  const bytes = await disk.read(area, 0, recordBytesMax);
  const lineEnd = bytes.indexOf("\n");
  const header = /^([0-9a-f]{8}) (\d{1,15}) (\d{1,9})$/.exec(
    bytes.subarray(0, Math.max(lineEnd, 0)).toString("latin1"),
  );
  if (header === null) return undefined;
  const [, sum, count, length] = header;
  const end = lineEnd + 1 + Number(length);
  if (end > bytes.length) return undefined;
  const rest = bytes.subarray(9, end).toString("utf8");
  if (checksum(rest) !== sum) return undefined;
  return { count: Number(count), text: bytes.subarray(lineEnd + 1, end).toString("utf8") };
};

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, "0");
