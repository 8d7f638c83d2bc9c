import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unfinishedSuffix } from "./atomicWrite.ts";

/** SQLite's result codes: https://www.sqlite.org/rescode.html */
const sqliteFull = 13;
const sqliteIoError = 10;

/**
 * Whether an error, or one of its causes, reports a full disk or an exceeded quota. Other disk
 * errors (EIO, EROFS, a file that is too large) do not count: waiting does not help.
 */
export const isDiskFull = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? String(error.code) : "";
  if (code === "ENOSPC" || code === "EDQUOT") return true;
  if ("errcode" in error && primaryCode(error.errcode) === sqliteFull) return true;
  return isDiskFull(error.cause);
};

/**
 * Distinguishes SQLite's I/O errors: SQLite reports an exceeded quota as an I/O error. Returns the
 * error of a test write into the folder when that reports a full disk, otherwise the error itself.
 */
export const explainIoError = (error: unknown, folder: string): unknown => {
  const isIoError =
    error instanceof Error && "errcode" in error && primaryCode(error.errcode) === sqliteIoError;
  if (!isIoError) return error;
  try {
    probeSpace(folder, probeBytes);
    return error;
  } catch (found) {
    return isDiskFull(found) ? found : error;
  }
};

const probeBytes = 65_536;

/**
 * Fails with the system's error when the folder has no space for this many bytes. Leaves no file.
 */
export const probeSpace = (folder: string, bytes: number): void => {
  const path = join(folder, `probe${unfinishedSuffix}`);
  try {
    writeFileSync(path, Buffer.alloc(bytes), { mode: 0o600 });
  } finally {
    rmSync(path, { force: true });
  }
};

/** Extended result codes have the primary code in their last byte. */
const primaryCode = (code: unknown): number => Number(code) & 0xff;
