import { randomUUID } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { relative, sep } from "node:path";
import type { Journal } from "./journal.ts";

/**
 * Writes a file that nobody ever sees half written, also when this process is killed: a new file takes
 * the old one's place in one step. Only its owner may read it.
 */
export const writeFileAtomically = async (path: string, text: string): Promise<void> => {
  const kept = journalOf(path);
  const fresh = `${path}.${randomUUID()}${unfinishedSuffix}`;
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
export const removeFileAtomically = async (path: string): Promise<void> => {
  const kept = journalOf(path);
  kept?.journal.begin(kept.name, undefined);
  await rm(path, { force: true });
  kept?.journal.done(kept.name);
};

/** How the name of a file ends that was being written when the process was killed. */
export const unfinishedSuffix = ".unfinished";

/** The journals of the state folders that are open in this process, by folder. */
const open = new Map<string, Journal>();

/** From now on what is written into the folder by `wholeFile.ts` is written down in the journal. Gives back how to end that. */
export const registerJournal = (folder: string, journal: Journal): (() => void) => {
  open.set(folder, journal);
  return () => void open.delete(folder);
};

/** The files that are written down: what each start writes anew is not. */
const isKept = (path: string): boolean =>
  /^(regions\/[^/]+\/)?(iot|kms|demo|tables|queues)\/|^regions\.json$/.test(path);

/** The journal that a file belongs to, and what it is called there. */
export const journalOf = (path: string): { journal: Journal; name: string } | undefined => {
  for (const [folder, journal] of open) {
    const name = relative(folder, path).replaceAll(sep, "/");
    if (!name.startsWith("..") && isKept(name)) return { journal, name };
  }
  return undefined;
};
