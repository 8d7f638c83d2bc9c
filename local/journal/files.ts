import { close, constants, fdatasync, fsync, ftruncate, open, unlink, write } from "node:fs";
import { promisify } from "node:util";
import type { Durability } from "./durability.ts";

/** An open file. */
export interface JournalFile {
  readonly descriptor: number;
  /** Whether each write is followed by an `fdatasync`. */
  readonly needsSync: boolean;
}

/** The file operations of a journal. Tests replace them to simulate failures. */
export interface JournalFiles {
  /**
   * Opens a file for writing and creates it if it does not exist. With `power`, a write resolves
   * when its bytes survive a power failure.
   */
  open(path: string, durability: Durability): Promise<JournalFile>;
  /** Writes at a position and resolves with the number of bytes written. */
  write(file: JournalFile, bytes: Buffer, position: number): Promise<number>;
  /** Makes the content of a file durable, or the names of the files in a folder. */
  sync(path: string): Promise<void>;
  truncate(file: JournalFile, bytes: number): Promise<void>;
  close(file: JournalFile): Promise<void>;
  remove(path: string): Promise<void>;
}

const opened = promisify(open);
const closed = promisify(close);
const synced = promisify(fsync);
const truncated = promisify(ftruncate);
const dataSynced = promisify(fdatasync);

/**
 * Flag for writes that are durable when they return. With a separate `fdatasync`, each group of
 * records takes two round trips through the thread pool. Other systems have no such flag, or one
 * that leaves the bytes in the cache of the disk.
 */
const durableWrites = process.platform === "linux" ? constants.O_DSYNC : undefined;

/** The file system. Every operation runs outside of the main thread. */
export const fileSystem: JournalFiles = {
  async open(path, durability) {
    const isPower = durability === "power";
    const flags = constants.O_RDWR | constants.O_CREAT | (isPower ? (durableWrites ?? 0) : 0);
    const descriptor = await opened(path, flags, 0o600);
    return { descriptor, needsSync: isPower && durableWrites === undefined };
  },
  async write({ descriptor, needsSync }, bytes, position) {
    const written = await writeAt(descriptor, bytes, position);
    if (needsSync) await dataSynced(descriptor);
    return written;
  },
  async sync(path) {
    const descriptor = await opened(path, "r");
    try {
      await synced(descriptor);
    } finally {
      await closed(descriptor);
    }
  },
  truncate: ({ descriptor }, bytes) => truncated(descriptor, bytes),
  close: ({ descriptor }) => closed(descriptor),
  remove: promisify(unlink),
};

const writeAt = (descriptor: number, bytes: Buffer, position: number): Promise<number> =>
  new Promise((resolve, reject) =>
    write(descriptor, bytes, 0, bytes.length, position, (error, written) =>
      error === null ? resolve(written) : reject(error),
    ),
  );
