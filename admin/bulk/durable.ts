import { randomUUID } from "node:crypto";
import { type FileHandle, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Only its owner may read a file with a private key. */
const ownerOnly = 0o600;

/**
 * Writes a file atomically and durably: after a crash of the machine it is complete or absent.
 * Replaces an existing file.
 */
export const writeDurably = async (path: string, text: string): Promise<void> => {
  const fresh = `${path}.${randomUUID()}.tmp`;
  try {
    await withFile(fresh, "wx", async (file) => {
      await file.writeFile(text);
      await file.sync();
    });
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
};

/** Flushes a folder, so that the names of its files survive a crash of the machine. */
export const syncFolder = (folder: string): Promise<void> =>
  withFile(folder, "r", (file) => file.sync());

/** Appends to a file durably: resolves when the text survives a crash of the machine. */
export const appendDurably = async (path: string, text: string): Promise<void> => {
  await withFile(path, "a", async (file) => {
    await file.writeFile(text);
    await file.sync();
  });
};

/**
 * Reads the complete lines of a file, and removes an incomplete last line, which a crash leaves.
 */
export const readLines = async (path: string): Promise<string[]> => {
  const text = await readFileIfExists(path);
  if (text === undefined) return [];
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (whole !== text) {
    await writeDurably(path, whole);
    await syncFolder(dirname(path));
  }
  return whole.split("\n").slice(0, -1);
};

/** The text of a file, or `undefined` when there is none. */
export const readFileIfExists = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
};

const withFile = async (
  path: string,
  flags: string,
  work: (file: FileHandle) => Promise<void>,
): Promise<void> => {
  const file = await open(path, flags, ownerOnly);
  try {
    await work(file);
  } finally {
    await file.close();
  }
};
