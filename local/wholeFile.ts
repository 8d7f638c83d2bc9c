import { randomUUID } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";

/**
 * Writes a file that nobody ever sees half written, also when this process is killed: a new file takes
 * the old one's place in one step. Only its owner may read it.
 */
export const writeWhole = async (path: string, text: string): Promise<void> => {
  const fresh = `${path}.${randomUUID()}${unfinished}`;
  try {
    await writeFile(fresh, text, { mode: 0o600 });
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
};

/** How the name of a file ends that was being written when the process was killed. */
export const unfinished = ".unfinished";
