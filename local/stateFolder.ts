import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StartError } from "./startError.ts";

/** The folder of one running cloud, held by this process alone. */
export interface StateFolder {
  readonly path: string;
  /** Queues and tables are to be kept here, not in memory. */
  readonly keeps: boolean;
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
export const takeStateFolder = (data: string | undefined): StateFolder => {
  const path = data === undefined ? mkdtempSync(join(tmpdir(), "godwit-")) : make(data);
  const lock = takeLock(path);
  return {
    path,
    keeps: data !== undefined,
    folder: (name) => make(join(path, name)),
    release() {
      lock.close();
      if (data === undefined) rmSync(path, { recursive: true, force: true });
    },
  };
};

const make = (path: string): string => {
  try {
    mkdirSync(path, { recursive: true, mode: ownerOnly });
    const probe = join(path, ".probe");
    writeFileSync(probe, "");
    rmSync(probe);
    return path;
  } catch (cause) {
    throw new StartError(`${path} cannot be written: ${reason(cause)}`, { cause });
  }
};

/**
 * A lock of the operating system on a file, by way of SQLite: it ends with the process, however the
 * process ends, so nobody has to judge whether a process number in a file is still the right one.
 */
const takeLock = (path: string): DatabaseSync => {
  const lock = new DatabaseSync(join(path, "lock"), { timeout: 0 });
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return lock;
  } catch (cause) {
    lock.close();
    if (!reason(cause).includes("locked")) throw cause;
    throw new StartError(`${path} is in use by another running Godwit`, { cause });
  }
};

const reason = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
