import { join } from "node:path";
import { afterStep } from "../platform/sharedTimer.ts";
import type { ChangeCounter } from "../state/changeCounter.ts";
import type { DiskSpace } from "../state/diskSpace.ts";
import type { IntactJournal } from "./checkJournal.ts";
import type { Durability } from "./durability.ts";
import { fileSystem, type JournalFile, type JournalFiles } from "./files.ts";
import { frameBytes, openFrame, type RecordPosition, sealFrame } from "./frame.ts";
import { lazyWriteMs, segmentBytesMax, unwrittenBytesMax } from "./limits.ts";
import { RecordReader } from "./recordReader.ts";
import { dropType, headerPayload, segmentName } from "./segment.ts";

export interface JournalOptions {
  readonly folder: string;
  /** The id of the state folder. */
  readonly id: string;
  readonly durability: Durability;
  readonly space: DiskSpace;
  /** Counts the stored records. */
  readonly counter?: ChangeCounter | undefined;
  /** The state that each new segment begins with. */
  readonly state: () => unknown;
  /** Called when the journal cannot be written for another reason than a full disk. */
  readonly onFatalError: (error: Error) => void;
  readonly files?: JournalFiles;
  readonly segmentBytes?: number;
}

interface Segment {
  readonly segment: number;
  /** Length of all its records, written or not. */
  bytes: number;
  /** Length of the written records. */
  written: number;
}

/** Unwritten records of one segment. */
interface Part {
  readonly segment: Segment;
  /** Position of the first record in the segment's file. */
  readonly offset: number;
  buffer: Buffer;
  bytes: number;
}

interface OpenFile {
  readonly segment: Segment;
  readonly file: JournalFile;
}

/**
 * An append-only journal in segments of bounded size. Records that arrive while a write is in
 * progress are written together by the next one (group commit). All file operations run outside of
 * the main thread, but reads. While the disk is full, writes wait for space.
 */
export class Journal {
  readonly #options: Required<Omit<JournalOptions, "counter">> & Pick<JournalOptions, "counter">;
  readonly #segments = new Map<number, Segment>();
  #current: Segment;
  #bytes = 0;
  #dropped: number;
  /** Number of the next record. */
  #count: number;
  #parts: Part[] = [];
  /** The parts that are written now. */
  #writtenParts: readonly Part[] = [];
  readonly #reader: RecordReader;
  #spare: Buffer = Buffer.allocUnsafe(65_536);
  #waiting: PromiseWithResolvers<void> | undefined;
  #writing: Promise<void> | undefined;
  #isScheduled = false;
  /** Cancels the write of changes that nothing waits for. */
  #cancelLazy: (() => void) | undefined;
  /** Whether changes that nothing waits for have waited long enough. */
  #isDue = false;
  #open: OpenFile | undefined;
  /**
   * Segments that may be in the cache of the system only: an earlier process was killed before they
   * were synchronized, or had `process`.
   */
  #unsynced: number[] = [];
  #hasFailed = false;

  constructor(
    { files = fileSystem, segmentBytes = segmentBytesMax, ...options }: JournalOptions,
    from: Pick<IntactJournal, "count" | "dropped" | "segments">,
  ) {
    this.#options = { files, segmentBytes, ...options };
    this.#reader = new RecordReader(options.folder);
    this.#dropped = from.dropped;
    this.#count = from.count;
    for (const { segment, intactBytes } of from.segments) {
      this.#segments.set(segment, { segment, bytes: intactBytes, written: intactBytes });
      this.#bytes += intactBytes;
      if (options.durability === "power") this.#unsynced.push(segment);
    }
    const last = Math.max(this.#dropped, ...this.#segments.keys());
    this.#current = this.#segments.get(last) ?? this.#addSegment(last + 1);
  }

  /** Total size of the segments. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The number of the segment that the last record is in. */
  get current(): number {
    return this.#current.segment;
  }

  /** The number of the oldest segment. */
  get oldest(): number {
    return this.#dropped + 1;
  }

  /**
   * Appends a record of `bytes` bytes. `fill` writes it at the given offset; its first byte is its
   * type. The record is stored soon, also if nothing waits for it.
   */
  append(bytes: number, fill: (buffer: Buffer, offset: number) => void): RecordPosition {
    const { segmentBytes } = this.#options;
    if (this.#current.bytes > 0 && this.#current.bytes + bytes > segmentBytes) {
      this.#current = this.#addSegment(this.#current.segment + 1);
    }
    if (this.#current.bytes === 0) this.#appendHeader();
    const { segment, bytes: offset } = this.#current;
    const number = this.#count;
    const part = this.#appendFrame(bytes, number, fill);
    this.#count += 1;
    if (part.bytes > unwrittenBytesMax) this.#writeLazily();
    else this.#cancelLazy ??= afterStep(lazyWriteMs, () => this.#writeLazily());
    return { segment, offset, number };
  }

  /**
   * The payload of an earlier record of `bytes` bytes, stored or not. It is valid until the next
   * call of a method. A record that cannot be read is a fatal error.
   */
  read(position: RecordPosition, bytes: number): Buffer {
    try {
      const storedBytes = this.#segments.get(position.segment)?.written ?? 0;
      const isStored = position.offset < storedBytes;
      const payload = isStored
        ? this.#reader.read(position, { bytes, storedBytes })
        : this.#unwritten(position);
      if (payload !== undefined) return payload;
      throw new Error(`record ${position.number} is not in the journal`);
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  #unwritten({ segment, offset, number }: RecordPosition): Buffer | undefined {
    for (const parts of [this.#writtenParts, this.#parts]) {
      for (const part of parts) {
        const at = offset - part.offset;
        const isIn = part.segment.segment === segment && at >= 0 && at < part.bytes;
        if (isIn) return openFrame(part.buffer, at, number);
      }
    }
    return undefined;
  }

  #appendHeader(): void {
    const { id, state } = this.#options;
    const { segment } = this.#current;
    const header = { id, segment, from: this.#count, dropped: this.#dropped, state: state() };
    const payload = headerPayload(header);
    this.#appendFrame(payload.length, segment, (buffer, offset) => payload.copy(buffer, offset));
    this.#count += 1;
  }

  #appendFrame(
    bytes: number,
    number: number,
    fill: (buffer: Buffer, offset: number) => void,
  ): Part {
    const part = this.#reserve(frameBytes + bytes);
    const offset = part.bytes;
    fill(part.buffer, offset + frameBytes);
    sealFrame(part.buffer, { offset, bytes, number });
    part.bytes += frameBytes + bytes;
    this.#current.bytes += frameBytes + bytes;
    this.#bytes += frameBytes + bytes;
    return part;
  }

  #reserve(bytes: number): Part {
    let part = this.#parts.at(-1);
    if (part?.segment !== this.#current) {
      const offset = this.#current.bytes;
      part = { segment: this.#current, offset, buffer: this.#spare, bytes: 0 };
      this.#spare = Buffer.alloc(0);
      this.#parts.push(part);
    }
    const needed = part.bytes + bytes;
    if (needed > part.buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(65_536, needed * 2));
      part.buffer.copy(larger, 0, 0, part.bytes);
      part.buffer = larger;
    }
    return part;
  }

  #addSegment(segment: number): Segment {
    const added = { segment, bytes: 0, written: 0 };
    this.#segments.set(segment, added);
    return added;
  }

  /** Resolves when all records so far are stored. Stays pending after a fatal error. */
  stored(): Promise<void> {
    if (this.#parts.length === 0) return this.#writing ?? Promise.resolve();
    this.#waiting ??= Promise.withResolvers<void>();
    this.#schedule();
    return this.#waiting.promise;
  }

  /**
   * Deletes a segment, which must be the oldest and not the current one, after its needed records
   * were appended again.
   */
  async drop(segment: number): Promise<void> {
    const { folder, files } = this.#options;
    this.#dropped = segment;
    this.append(9, (buffer, offset) => {
      buffer[offset] = dropType;
      buffer.writeDoubleLE(segment, offset + 1);
    });
    await this.stored();
    this.#bytes -= this.#segments.get(segment)?.bytes ?? 0;
    this.#segments.delete(segment);
    this.#reader.forget(segment);
    // If this fails, the next start removes the file.
    await files.remove(join(folder, segmentName(segment))).catch(() => {});
  }

  /** Writes all records and closes the file. */
  async close(): Promise<void> {
    if (!this.#hasFailed) await this.stored();
    this.#endLazy();
    if (this.#open !== undefined) await this.#options.files.close(this.#open.file);
    this.#open = undefined;
    this.#reader.close();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#writing !== undefined || this.#hasFailed) return;
    this.#isScheduled = true;
    // At the end of this event-loop turn: changes that arrive together are written together.
    setImmediate(() => {
      this.#isScheduled = false;
      void this.#writeAll();
    });
  }

  #endLazy(): void {
    this.#cancelLazy?.();
    this.#cancelLazy = undefined;
  }

  #writeLazily(): void {
    this.#endLazy();
    this.#isDue = true;
    this.#schedule();
  }

  async #writeAll(): Promise<void> {
    while (this.#parts.length > 0) {
      const parts = this.#parts;
      const { promise, resolve } = this.#waiting ?? Promise.withResolvers<void>();
      const count = this.#count;
      this.#parts = [];
      this.#writtenParts = parts;
      this.#waiting = undefined;
      this.#writing = promise;
      this.#endLazy();
      this.#isDue = false;
      try {
        await this.#write(parts, count);
      } catch (error) {
        this.#fail(error);
        return;
      }
      this.#writtenParts = [];
      this.#recycle(parts);
      resolve();
      // Records that nothing waits for are written later.
      if (this.#waiting === undefined && !this.#isDue) break;
    }
    this.#writing = undefined;
  }

  #fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#options.onFatalError(error instanceof Error ? error : new Error(String(error)));
  }

  async #write(parts: readonly Part[], count: number): Promise<void> {
    const { space, files, counter } = this.#options;
    await this.#syncEarlier();
    for (const part of parts) {
      const { segment } = part;
      const file = await this.#fileOf(segment);
      const bytes = part.buffer.subarray(0, part.bytes);
      await space.retryWhileFull(
        () => writeFully(files, { file, bytes, position: segment.written }),
        // Removes the part of a record that the full disk has stored.
        () => files.truncate(file, segment.written),
      );
      segment.written += part.bytes;
    }
    if (counter !== undefined) await space.retryWhileFull(() => counter.write(count));
  }

  /** A record is not durable before all earlier ones are. */
  async #syncEarlier(): Promise<void> {
    const { folder, space, files } = this.#options;
    for (const segment of this.#unsynced.splice(0)) {
      const path = join(folder, segmentName(segment));
      if (this.#segments.has(segment)) await space.retryWhileFull(() => files.sync(path));
    }
  }

  /** The open file of a segment. An earlier segment is complete and stored before the next one. */
  async #fileOf(segment: Segment): Promise<JournalFile> {
    const { folder, durability, space, files } = this.#options;
    if (this.#open?.segment === segment) return this.#open.file;
    if (this.#open !== undefined) await files.close(this.#open.file);
    this.#open = undefined;
    const path = join(folder, segmentName(segment.segment));
    const file = await space.retryWhileFull(() => files.open(path, durability));
    this.#open = { segment, file };
    if (durability === "power") await space.retryWhileFull(() => files.sync(folder));
    return file;
  }

  /** Keeps a buffer for the next records. */
  #recycle(parts: readonly Part[]): void {
    const [part] = parts;
    const isSmall = part !== undefined && part.buffer.length <= 2 * unwrittenBytesMax;
    if (isSmall && this.#spare.length < part.buffer.length) this.#spare = part.buffer;
  }
}

const writeFully = async (
  files: JournalFiles,
  { file, bytes, position }: { file: JournalFile; bytes: Buffer; position: number },
): Promise<void> => {
  for (let done = 0; done < bytes.length; ) {
    done += await files.write(file, bytes.subarray(done), position + done);
  }
};
