import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StartError } from "../start/startError.ts";

/** The state folder of one running cloud, locked by this process. */
export interface StateFolder {
  readonly path: string;
  /** Whether queues and tables are stored here; otherwise they are in memory. */
  readonly isPersistent: boolean;
  /** Creates a subfolder that only its owner can read. */
  folder(name: string): string;
  /** Releases the lock and deletes a temporary folder. */
  release(): void;
}

const ownerOnly = 0o700;

/**
 * Locks the folder `data`, or creates a temporary one. Fails with a `StartError` when the folder is
 * not writable or another running cloud uses it.
 */
export const lockStateFolder = (data: string | undefined): StateFolder => {
  const path = data === undefined ? mkdtempSync(join(tmpdir(), "godwit-")) : make(data);
  const lock = takeLock(path);
  return {
    path,
    isPersistent: data !== undefined,
    folder: (name) => make(join(path, name)),
    release() {
      lock.close();
      if (data === undefined) rmSync(path, { recursive: true, force: true });
    },
  };
};

const make = (path: string): string => {
  try {
    makeWithParents(path);
    const probe = join(path, ".probe");
    writeFileSync(probe, "");
    rmSync(probe);
    return path;
  } catch (cause) {
    throw new StartError(`${path} is not writable: ${reason(cause)}`, { cause });
  }
};

/**
 * Creates one level at a time: Node's recursive `mkdir` never returns in folders that reject
 * entries, such as `/proc`.
 */
const makeWithParents = (path: string): void => {
  if (existsSync(path)) return;
  makeWithParents(dirname(path));
  try {
    mkdirSync(path, { mode: ownerOnly });
  } catch (error) {
    // Another start may have created the folder concurrently; the lock decides between them.
    if (!existsSync(path)) throw error;
  }
};

/**
 * An operating-system lock on a file, through SQLite. It ends with the process in every case, so
 * that no stale process id has to be checked.
 */
const takeLock = (path: string): DatabaseSync => {
  const file = join(path, "lock");
  const lock = new DatabaseSync(file, { timeout: 0 });
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return lock;
  } catch (cause) {
    lock.close();
    const isHeld = reason(cause).includes("locked");
    const why = isHeld
      ? `${path} is in use by another running Godwit`
      : `${file} cannot be used: ${reason(cause)}`;
    throw new StartError(why, { cause });
  }
};

const reason = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
