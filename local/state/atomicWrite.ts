import { randomUUID } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { relative, sep } from "node:path";
import type { Journal } from "./journal.ts";

/**
 * Writes a file atomically: a new file replaces the old one by a rename, so that readers and a
 * killed process never leave partial content. Only the owner may read the file.
 */
export const writeFileAtomically = async (path: string, text: string): Promise<void> => {
  const recorded = journalOf(path);
  const fresh = `${path}.${randomUUID()}${unfinishedSuffix}`;
  try {
    await writeFile(fresh, text, { mode: 0o600 });
    recorded?.journal.begin(recorded.name, text);
    await rename(fresh, path);
    recorded?.journal.done(recorded.name);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
};

/** Deletes such a file if it exists. */
export const removeFileAtomically = async (path: string): Promise<void> => {
  const recorded = journalOf(path);
  recorded?.journal.begin(recorded.name, undefined);
  await rm(path, { force: true });
  recorded?.journal.done(recorded.name);
};

/** Suffix of a file that was being written when the process was killed. */
export const unfinishedSuffix = ".unfinished";

/** Journals of the state folders that are open in this process, by folder. */
const open = new Map<string, Journal>();

/**
 * Records all later writes of this module into the folder in the journal. Returns a function that
 * ends this.
 */
export const registerJournal = (folder: string, journal: Journal): (() => void) => {
  open.set(folder, journal);
  return () => void open.delete(folder);
};

/** Whether a file is recorded. Files that every start writes again are not. */
const isRecorded = (path: string): boolean =>
  /^(regions\/[^/]+\/)?(iot|kms|ssm|demo|tables|sqs|s3)\/|^regions\.json$/.test(path);

/** The journal of a file, and the file's name in it. */
export const journalOf = (path: string): { journal: Journal; name: string } | undefined => {
  for (const [folder, journal] of open) {
    const name = relative(folder, path).replaceAll(sep, "/");
    if (!name.startsWith("..") && isRecorded(name)) return { journal, name };
  }
  return undefined;
};
