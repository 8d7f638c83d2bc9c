import { closeSync, openSync, readSync } from "node:fs";
import { devNull } from "node:os";
import { join } from "node:path";
import { frameBytes, openFrame, type RecordPosition } from "./frame.ts";
import { segmentName } from "./segment.ts";

/** A part of a segment's file in memory. */
interface Block {
  readonly segment: number;
  readonly start: number;
  readonly bytes: Buffer;
  /** Contains `bytes`. */
  readonly memory: Buffer;
}

/** Size of a record's payload, and how much of its segment is stored. */
interface RecordExtent {
  readonly bytes: number;
  readonly storedBytes: number;
}

/** Records are mostly read in their order: the following ones are read together with each. */
const blockBytes = 65_536;
const blocksMax = 8;
const filesMax = 8;

/** Reads stored records again, from any position. */
export class RecordReader {
  readonly #folder: string;
  /** Descriptors by the number of the segment, the latest opened last. */
  readonly #files = new Map<number, number>();
  /** The latest read last. */
  #blocks: Block[] = [];
  /** A descriptor to give up when the process has no other one. */
  #reserve: number | undefined = openSync(devNull, "r");

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * The payload of a record. It is valid until the next call. Fails when the file cannot be read or
   * the record is no longer intact.
   */
  read(position: RecordPosition, extent: RecordExtent): Buffer {
    const { segment, offset, number } = position;
    const frameEnd = offset + frameBytes + extent.bytes;
    const known = this.#blocks.findIndex(
      ({ segment: of, start, bytes }) =>
        of === segment && start <= offset && frameEnd <= start + bytes.length,
    );
    const [block = this.#readBlock(position, extent)] =
      known < 0 ? [] : this.#blocks.splice(known, 1);
    this.#blocks.push(block);
    const payload = openFrame(block.bytes, offset - block.start, number);
    if (payload?.length === extent.bytes) return payload;
    throw new Error(`record ${number} of ${segmentName(segment)} is corrupt`);
  }

  /** Closes the file of a segment that is no longer needed. */
  forget(segment: number): void {
    this.#blocks = this.#blocks.filter((block) => block.segment !== segment);
    this.#close(segment);
  }

  close(): void {
    for (const segment of [...this.#files.keys()]) this.forget(segment);
    this.#freeDescriptor();
  }

  #close(segment: number): void {
    const file = this.#files.get(segment);
    if (file !== undefined) closeSync(file);
    this.#files.delete(segment);
  }

  /** Reads only what is stored: the bytes after it change with the next write. */
  #readBlock({ segment, offset }: RecordPosition, { bytes, storedBytes }: RecordExtent): Block {
    const size = Math.min(storedBytes - offset, Math.max(blockBytes, frameBytes + bytes));
    const unused = this.#blocks.length < blocksMax ? undefined : this.#blocks.shift()?.memory;
    const isReusable = unused !== undefined && unused.length >= size;
    const memory = isReusable ? unused : Buffer.allocUnsafeSlow(Math.max(size, blockBytes));
    const file = this.#fileOf(segment);
    let read = 0;
    while (read < size) {
      const more = readSync(file, memory, read, size - read, offset + read);
      if (more === 0) break;
      read += more;
    }
    return { segment, start: offset, bytes: memory.subarray(0, read), memory };
  }

  #fileOf(segment: number): number {
    const known = this.#files.get(segment);
    if (known !== undefined) return known;
    const file = this.#open(join(this.#folder, segmentName(segment)));
    this.#files.set(segment, file);
    const [oldest = segment] = this.#files.keys();
    if (this.#files.size > filesMax) this.#close(oldest);
    return file;
  }

  /**
   * Opens a file, if necessary in place of another one: contents are needed without descriptors.
   */
  #open(path: string): number {
    try {
      return openSync(path, "r");
    } catch (error) {
      if (!isExhausted(error) || !this.#freeDescriptor()) throw error;
      return openSync(path, "r");
    }
  }

  /** Closes the oldest file, or the reserve. Returns `false` if there is none. */
  #freeDescriptor(): boolean {
    const [oldest] = this.#files.keys();
    if (oldest !== undefined) {
      this.#close(oldest);
      return true;
    }
    if (this.#reserve === undefined) return false;
    closeSync(this.#reserve);
    this.#reserve = undefined;
    return true;
  }
}

const isExhausted = (error: unknown): boolean =>
  error instanceof Error && "code" in error && ["EMFILE", "ENFILE"].includes(String(error.code));
