import { close, constants, fdatasync, fsync, ftruncate, open, unlink, write } from "node:fs";
import { promisify } from "node:util";

/** The file operations of a journal. Tests replace them to simulate failures. */
export interface JournalFiles {
  /** Opens a file for writing and creates it if it does not exist. */
  open(path: string): Promise<number>;
  /** Writes at a position and resolves with the number of bytes written. */
  write(file: number, bytes: Buffer, position: number): Promise<number>;
  /** Makes the content of the file durable. */
  sync(file: number): Promise<void>;
  /** Makes the names of the files in a folder durable. */
  syncFolder(path: string): Promise<void>;
  truncate(file: number, bytes: number): Promise<void>;
  close(file: number): Promise<void>;
  remove(path: string): Promise<void>;
}

const opened = promisify(open);
const closed = promisify(close);
const synced = promisify(fsync);

/** The file system. Every operation runs outside of the main thread. */
export const fileSystem: JournalFiles = {
  open: (path) => opened(path, constants.O_RDWR | constants.O_CREAT, 0o600),
  write: (file, bytes, position) =>
    new Promise((resolve, reject) =>
      write(file, bytes, 0, bytes.length, position, (error, written) =>
        error === null ? resolve(written) : reject(error),
      ),
    ),
  sync: promisify(fdatasync),
  async syncFolder(path) {
    const folder = await opened(path, "r");
    try {
      await synced(folder);
    } finally {
      await closed(folder);
    }
  },
  truncate: promisify(ftruncate),
  close: closed,
  remove: promisify(unlink),
};
