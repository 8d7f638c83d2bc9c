import { type FileHandle, mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { compactionMinBytes } from "../limits.ts";
import { syncFolder } from "../platform/files.ts";
import { type Capacity, createCapacity } from "./capacity.ts";
import { firstOf } from "./firstOf.ts";
import { formatRecord, type LogRecord, parseRecord } from "./logRecord.ts";
import type { Outbox, OutboxEvent, OutboxLimits } from "./outbox.ts";

/**
 * An outbox in one file, to which it only ever appends; now and then it writes the file anew, beside, and
 * swaps. An event is on the disk when `add` resolves, whatever happens to the process or the power. One
 * process uses a file at a time.
 */
export const fileOutbox = (path: string, limits: OutboxLimits = {}): Outbox =>
  new FileOutbox(path, createCapacity(limits));

interface Kept {
  readonly event: OutboxEvent;
  readonly lineBytes: number;
}

interface Waiting {
  readonly record: LogRecord;
  readonly line: string;
  resolve(): void;
  reject(reason: unknown): void;
}

class FileOutbox implements Outbox {
  readonly #path: string;
  readonly #room: Capacity;
  readonly #kept = new Map<string, Kept>();
  #file: FileHandle | undefined;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #logBytes = 0;
  #keptBytes = 0;
  /** The log may end in the middle of a line: nothing may be appended before it is written anew. */
  #torn = false;

  constructor(path: string, capacity: Capacity) {
    this.#path = path;
    this.#room = capacity;
  }

  async open(): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true });
    this.#file = await open(this.#path, "a+", 0o600);
    await syncFolder(dirname(this.#path));
    const log = await readFile(this.#path);
    this.#logBytes = log.length;
    const lines = log.toString("utf8").split("\n");
    this.#torn = lines.pop() !== "";
    for (const line of lines) {
      const record = parseRecord(line);
      if (record === undefined) this.#torn = true;
      else this.#replay(record);
    }
  }

  async add(event: OutboxEvent): Promise<void> {
    this.#room.reserve(event);
    try {
      await this.#write({ add: event });
    } catch (error) {
      this.#room.release(event);
      throw error;
    }
  }

  async remove(ids: readonly string[]): Promise<void> {
    const known = ids.filter((id) => this.#forget(id));
    if (known.length > 0) await this.#write({ remove: known });
  }

  first(count: number): readonly OutboxEvent[] {
    return firstOf(this.#kept.values(), count).map(({ event }) => event);
  }

  get size(): number {
    return this.#kept.size;
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#file?.close();
    this.#file = undefined;
  }

  #replay(record: LogRecord): void {
    if ("remove" in record) {
      for (const id of record.remove) this.#forget(id);
      return;
    }
    if (this.#kept.has(record.add.id)) return;
    this.#room.forceReserve(record.add);
    this.#keep(record.add, formatRecord(record));
  }

  #keep(event: OutboxEvent, line: string): void {
    const lineBytes = Buffer.byteLength(line);
    this.#kept.set(event.id, { event, lineBytes });
    this.#keptBytes += lineBytes;
  }

  #forget(id: string): boolean {
    const kept = this.#kept.get(id);
    if (kept === undefined) return false;
    this.#kept.delete(id);
    this.#keptBytes -= kept.lineBytes;
    this.#room.release(kept.event);
    return true;
  }

  /** Resolves when the record is on the disk. Records that come while others are written share one sync. */
  #write(record: LogRecord): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ record, line: formatRecord(record), resolve, reject });
    this.#writing ??= this.#writeAll();
    return promise;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#append(batch);
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#writing = undefined;
  }

  async #append(batch: readonly Waiting[]): Promise<void> {
    const isLong = this.#logBytes > 2 * this.#keptBytes + compactionMinBytes;
    if (this.#torn || isLong) await this.#writeAnew();
    if (this.#file === undefined) throw new Error("the outbox is not open");
    const bytes = Buffer.from(batch.map(({ line }) => line).join(""));
    this.#torn = true;
    await this.#file.appendFile(bytes);
    // A removal that is lost costs one repeat, which the cloud knows by its id.
    if (batch.some(({ record }) => "add" in record)) await this.#file.datasync();
    this.#torn = false;
    this.#logBytes += bytes.length;
    for (const { record, line } of batch) {
      if ("add" in record) this.#keep(record.add, line);
    }
  }

  /** A crash at any moment of it leaves the old log or the new one, and both say the same. */
  async #writeAnew(): Promise<void> {
    if (this.#file === undefined) return;
    const beside = `${this.#path}.new`;
    const lines = [...this.#kept.values()].map(({ event }) => formatRecord({ add: event }));
    const log = Buffer.from(lines.join(""));
    // Until the new file is known to be in place, nothing may be appended to either.
    this.#torn = true;
    const file = await open(beside, "w", 0o600);
    try {
      await file.writeFile(log);
      await file.sync();
      await rename(beside, this.#path);
      await syncFolder(dirname(this.#path));
    } catch (error) {
      await file.close();
      throw error;
    }
    await this.#file.close();
    // It is at its end, where the next lines belong.
    this.#file = file;
    this.#logBytes = log.length;
    this.#torn = false;
  }
}
