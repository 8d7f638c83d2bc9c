import { createHash, randomUUID } from "node:crypto";
import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import * as z from "zod";

/**
 * The expected content of a file: the digest of its last complete write, and that of a write that
 * may have been interrupted.
 */
interface FileRecord {
  readonly committed: string | undefined;
  readonly pending?: { readonly digest: string | undefined };
}

/** The journal of a state folder: the digests of its files, recorded around each change. */
export interface Journal {
  /** The permanent id of the folder, which each of its stores contains. */
  readonly id: string;
  /** Number of starts with this folder. */
  readonly start: number;
  /** By path relative to the folder. */
  readonly files: ReadonlyMap<string, FileRecord>;
  /**
   * A file is about to have this content, or to be deleted. Until `done`, the previous content is
   * valid too.
   */
  begin(path: string, content: Buffer | string | undefined): void;
  done(path: string): void;
  /**
   * Records the digest of a file that another component writes; `undefined` allows any content from
   * now on.
   */
  note(path: string, digest: string | undefined): void;
  close(): void;
}

const head = z.object({ id: z.string().min(1), start: z.number(), version: z.literal(1) });
const entry = z.union([
  z.object({ begin: z.string(), digest: z.string().optional() }),
  z.object({ done: z.string() }),
  z.object({ note: z.string(), digest: z.string().optional() }),
]);

type Entry = z.output<typeof entry>;

export const journalFile = "state.journal";

export const digestOf = (content: Buffer | string): string =>
  createHash("sha256").update(content).digest("hex");

/**
 * Each line has a checksum of itself and all previous lines, so that only the last line can be
 * truncated unnoticed.
 */
const sumOf = (before: string, text: string): string => digestOf(before + text).slice(0, 16);

/** A journal whose content is invalid. */
export class CorruptJournalError extends Error {
  override readonly name = "BrokenJournal";
}

/**
 * Reads a folder's journal; `undefined` when it does not exist. Fails with a `CorruptJournalError`.
 */
export const readJournal = (
  folder: string,
): Pick<Journal, "id" | "start" | "files"> | undefined => {
  const path = join(folder, journalFile);
  if (!existsSync(path)) return undefined;
  const [first, ...rest] = linesOf(readFileSync(path, "utf8"));
  const { id, start } = parse(head, first);
  const files = new Map<string, FileRecord>();
  for (const line of rest) apply(files, parse(entry, line));
  return { id, start, files };
};

/** A line without a line end is a change that the end of the process interrupted. */
const linesOf = (text: string): unknown[] => {
  const lines = text.split("\n").slice(0, -1);
  if (lines.length === 0) throw new CorruptJournalError("the journal is empty");
  let sum = "";
  return lines.map((line, i) => {
    const [checksum, ...words] = line.split(" ");
    const json = words.join(" ");
    sum = sumOf(sum, json);
    if (checksum !== sum) throw new CorruptJournalError(`line ${i + 1} is corrupt`);
    return JSON.parse(json);
  });
};

const parse = <Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CorruptJournalError("another version of Godwit wrote it");
};

const apply = (files: Map<string, FileRecord>, change: Entry): void => {
  if ("note" in change) {
    if (change.digest === undefined) files.delete(change.note);
    else files.set(change.note, { committed: change.digest });
  } else if ("begin" in change) {
    files.set(change.begin, {
      committed: files.get(change.begin)?.committed,
      pending: { digest: change.digest },
    });
  } else {
    const pending = files.get(change.done)?.pending;
    if (pending?.digest === undefined) files.delete(change.done);
    else files.set(change.done, { committed: pending.digest });
  }
};

/** Replaces the journal atomically with one of the known files, and opens it for appending. */
export const writeJournal = (
  folder: string,
  initial: { id?: string | undefined; start: number; files: ReadonlyMap<string, string> },
  write: (file: number, line: Buffer) => number = writeSync,
): Journal => {
  const { id = randomUUID(), start } = initial;
  const files = new Map<string, FileRecord>();
  let sum = "";
  const lineOf = (value: object): string => {
    const json = JSON.stringify(value);
    sum = sumOf(sum, json);
    return `${sum} ${json}\n`;
  };
  const lines = [lineOf({ id, start, version: 1 })];
  for (const [note, digest] of initial.files) {
    lines.push(lineOf({ note, digest }));
    files.set(note, { committed: digest });
  }
  const path = join(folder, journalFile);
  writeFileSync(`${path}.new`, lines.join(""), { mode: 0o600 });
  renameSync(`${path}.new`, path);
  const file = openSync(path, "a");
  let bytes = Buffer.byteLength(lines.join(""));
  const append = (change: Entry): void => {
    const before = sum;
    const line = Buffer.from(lineOf(change));
    try {
      if (write(file, line) < line.length) throw truncatedWrite();
    } catch (error) {
      // A full disk may store a part of the line. The next line must not follow that part.
      ftruncateSync(file, bytes);
      sum = before;
      throw error;
    }
    bytes += line.length;
    apply(files, change);
  };
  return {
    id,
    start,
    files,
    begin: (path, content) =>
      append({ begin: path, ...(content !== undefined && { digest: digestOf(content) }) }),
    done: (path) => append({ done: path }),
    note: (path, digest) => append({ note: path, ...(digest !== undefined && { digest }) }),
    close: () => closeSync(file),
  };
};

/** A write that stores only a part of the line reports no error. */
const truncatedWrite = (): Error =>
  Object.assign(new Error("ENOSPC: a journal line was truncated"), { code: "ENOSPC" });

/** Removes a journal whose replacement was interrupted. */
export const removeUnfinishedJournal = (folder: string): void =>
  rmSync(join(folder, `${journalFile}.new`), { force: true });
