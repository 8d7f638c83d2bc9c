import { type FileHandle, mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { compactionMinBytes } from "../limits.ts";
import { syncFolder } from "../platform/files.ts";
import { type Capacity, createCapacity, takeFirst } from "./capacity.ts";
import { formatRecord, type LogRecord, parseRecord } from "./logRecord.ts";
import type { Outbox, OutboxEvent, OutboxLimits } from "./outbox.ts";

/**
 * An outbox in an append-only log file, which it compacts from time to time. An event is durable
 * when `add` resolves: it survives a crash of the process and a power loss. Only one process may
 * use a file at a time.
 */
export const fileOutbox = (path: string, limits: OutboxLimits = {}): Outbox =>
  new FileOutbox(path, createCapacity(limits));

interface StoredEvent {
  readonly event: OutboxEvent;
  readonly lineBytes: number;
}

interface PendingWrite {
  readonly record: LogRecord;
  readonly line: string;
  resolve(): void;
  reject(reason: unknown): void;
}

class FileOutbox implements Outbox {
  readonly #path: string;
  readonly #capacity: Capacity;
  readonly #events = new Map<string, StoredEvent>();
  #file: FileHandle | undefined;
  #pending: PendingWrite[] = [];
  #writing: Promise<void> | undefined;
  #logBytes = 0;
  #eventBytes = 0;
  /** The log may end with an incomplete line. It must be compacted before the next append. */
  #isIncomplete = false;

  constructor(path: string, capacity: Capacity) {
    this.#path = path;
    this.#capacity = capacity;
  }

  async open(): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true });
    this.#file = await open(this.#path, "a+", 0o600);
    await syncFolder(dirname(this.#path));
    const log = await readFile(this.#path);
    this.#logBytes = log.length;
    const lines = log.toString("utf8").split("\n");
    this.#isIncomplete = lines.pop() !== "";
    for (const line of lines) {
      const record = parseRecord(line);
      if (record === undefined) this.#isIncomplete = true;
      else this.#replay(record);
    }
  }

  async add(event: OutboxEvent): Promise<void> {
    this.#capacity.reserve(event);
    try {
      await this.#write({ add: event });
    } catch (error) {
      this.#capacity.release(event);
      throw error;
    }
  }

  async remove(ids: readonly string[]): Promise<void> {
    const known = ids.filter((id) => this.#drop(id));
    if (known.length > 0) await this.#write({ remove: known });
  }

  first(count: number): readonly OutboxEvent[] {
    return takeFirst(this.#events.values(), count).map(({ event }) => event);
  }

  get size(): number {
    return this.#events.size;
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#file?.close();
    this.#file = undefined;
  }

  #replay(record: LogRecord): void {
    if ("remove" in record) {
      for (const id of record.remove) this.#drop(id);
      return;
    }
    if (this.#events.has(record.add.id)) return;
    this.#capacity.forceReserve(record.add);
    this.#store(record.add, formatRecord(record));
  }

  #store(event: OutboxEvent, line: string): void {
    const lineBytes = Buffer.byteLength(line);
    this.#events.set(event.id, { event, lineBytes });
    this.#eventBytes += lineBytes;
  }

  #drop(id: string): boolean {
    const stored = this.#events.get(id);
    if (stored === undefined) return false;
    this.#events.delete(id);
    this.#eventBytes -= stored.lineBytes;
    this.#capacity.release(stored.event);
    return true;
  }

  /** Resolves when the record is durable. Records queued during a write share the next sync. */
  #write(record: LogRecord): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#pending.push({ record, line: formatRecord(record), resolve, reject });
    this.#writing ??= this.#writePending();
    return promise;
  }

  async #writePending(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = this.#pending;
      this.#pending = [];
      try {
        await this.#append(batch);
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#writing = undefined;
  }

  async #append(batch: readonly PendingWrite[]): Promise<void> {
    const isLong = this.#logBytes > 2 * this.#eventBytes + compactionMinBytes;
    if (this.#isIncomplete || isLong) await this.#compact();
    if (this.#file === undefined) throw new Error("the outbox is not open");
    const bytes = Buffer.from(batch.map(({ line }) => line).join(""));
    this.#isIncomplete = true;
    await this.#file.appendFile(bytes);
    // A lost removal repeats one publish, which the cloud deduplicates by the event's id.
    if (batch.some(({ record }) => "add" in record)) await this.#file.datasync();
    this.#isIncomplete = false;
    this.#logBytes += bytes.length;
    for (const { record, line } of batch) {
      if ("add" in record) this.#store(record.add, line);
    }
  }

  /** Rewrites the log. A crash leaves the old log or the new one; both hold the same events. */
  async #compact(): Promise<void> {
    if (this.#file === undefined) return;
    const temporary = `${this.#path}.new`;
    const lines = [...this.#events.values()].map(({ event }) => formatRecord({ add: event }));
    const log = Buffer.from(lines.join(""));
    // No append is allowed to either file until the new file is known to be in place.
    this.#isIncomplete = true;
    const file = await open(temporary, "w", 0o600);
    try {
      await file.writeFile(log);
      await file.sync();
      await rename(temporary, this.#path);
      await syncFolder(dirname(this.#path));
    } catch (error) {
      await file.close();
      throw error;
    }
    await this.#file.close();
    // The handle is at the end of the file, where the next lines are appended.
    this.#file = file;
    this.#logBytes = log.length;
    this.#isIncomplete = false;
  }
}
