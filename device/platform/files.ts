import { open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Reads a text file. Returns `undefined` if it does not exist. */
export const readIfExists = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
};

/**
 * Replaces a file; its folder must exist. Only the owner can read the file. Resolves when the text
 * is durable. After a crash or power loss the file holds either the old text or the new one.
 */
export const atomicWrite = async (path: string, text: string): Promise<void> => {
  const temporary = `${path}.new`;
  // A file that an interrupted write left behind may have other permissions.
  await rm(temporary, { force: true });
  const file = await open(temporary, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
};

/** Makes the names of the files in a folder durable. */
export const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};
