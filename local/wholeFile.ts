import { randomUUID } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { journalOf } from "./state/journals.ts";

/**
 * Writes a file that nobody ever sees half written, also when this process is killed: a new file takes
 * the old one's place in one step. Only its owner may read it.
 */
export const writeWhole = async (path: string, text: string): Promise<void> => {
  const kept = journalOf(path);
  const fresh = `${path}.${randomUUID()}${unfinished}`;
  try {
    await writeFile(fresh, text, { mode: 0o600 });
    kept?.journal.begin(kept.name, text);
    await rename(fresh, path);
    kept?.journal.done(kept.name);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
};

/** Removes such a file, if it is there. */
export const removeWhole = async (path: string): Promise<void> => {
  const kept = journalOf(path);
  kept?.journal.begin(kept.name, undefined);
  await rm(path, { force: true });
  kept?.journal.done(kept.name);
};

/** How the name of a file ends that was being written when the process was killed. */
export const unfinished = ".unfinished";
