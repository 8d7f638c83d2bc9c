import { relative, sep } from "node:path";
import type { Journal } from "./journal.ts";

/** The journals of the state folders that are open in this process, by folder. */
const open = new Map<string, Journal>();

/** From now on what is written into the folder by `wholeFile.ts` is written down in the journal. Gives back how to end that. */
export const useJournal = (folder: string, journal: Journal): (() => void) => {
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
