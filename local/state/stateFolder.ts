import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StartError } from "../start/startError.ts";

/** The folder of one running cloud, held by this process alone. */
export interface StateFolder {
  readonly path: string;
  /** Queues and tables are to be kept here, not in memory. */
  readonly isPersistent: boolean;
  /** Makes a folder in it that nobody else can read. */
  folder(name: string): string;
  /** Lets another process have it. A temporary folder goes away. */
  release(): void;
}

const ownerOnly = 0o700;

/**
 * Takes the folder `data`, or a fresh temporary one. Fails with a `StartError` when it cannot be
 * written or another running cloud holds it.
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
    throw new StartError(`${path} cannot be written: ${reason(cause)}`, { cause });
  }
};

/** By single steps: Node's own recursion never ends in a folder that takes no entries, as in `/proc`. */
const makeWithParents = (path: string): void => {
  if (existsSync(path)) return;
  makeWithParents(dirname(path));
  try {
    mkdirSync(path, { mode: ownerOnly });
  } catch (error) {
    // Another start may have made it meanwhile; the lock says which of them has it.
    if (!existsSync(path)) throw error;
  }
};

/**
 * A lock of the operating system on a file, by way of SQLite: it ends with the process, however the
 * process ends, so nobody has to judge whether a process number in a file is still the right one.
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
