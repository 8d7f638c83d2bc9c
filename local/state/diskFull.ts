import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unfinishedSuffix } from "./atomicWrite.ts";

/** SQLite's result codes: https://www.sqlite.org/rescode.html */
const sqliteFull = 13;
const sqliteIoError = 10;

/** What the system says of a full disk and of a used-up quota, where LevelDB keeps nothing but the words. */
const words = /No space left on device|Disk quota exceeded/;

/**
 * Whether a write has failed because the disk is full or the quota of its user is used up, at whatever depth. Anything else that a disk
 * can do (EIO, EROFS, a file that is too large) is no such failure: waiting does not help.
 */
export const isDiskFull = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? String(error.code) : "";
  if (code === "ENOSPC" || code === "EDQUOT") return true;
  if ("errcode" in error && primaryCode(error.errcode) === sqliteFull) return true;
  if (code.startsWith("LEVEL_") && words.test(error.message)) return true;
  return isDiskFull(error.cause);
};

/**
 * What SQLite calls an input or output error may be a quota that is used up: it tells only ENOSPC apart. Gives the error that an attempt to write into
 * the folder ends with then, and otherwise the error as it is.
 */
export const explainIoError = (error: unknown, folder: string): unknown => {
  const isUnclear =
    error instanceof Error && "errcode" in error && primaryCode(error.errcode) === sqliteIoError;
  if (!isUnclear) return error;
  try {
    probeSpace(folder, probeBytes);
    return error;
  } catch (found) {
    return isDiskFull(found) ? found : error;
  }
};

const probeBytes = 65_536;

/** Fails as the system does when the folder has no room for so many bytes. Nothing stays. */
export const probeSpace = (folder: string, bytes: number): void => {
  const path = join(folder, `probe${unfinishedSuffix}`);
  try {
    writeFileSync(path, Buffer.alloc(bytes), { mode: 0o600 });
  } finally {
    rmSync(path, { force: true });
  }
};

/** Extended result codes have the primary one in their last byte. */
const primaryCode = (code: unknown): number => Number(code) & 0xff;
