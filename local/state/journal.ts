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

/** What is known of a file: what it surely holds, and what it holds if the last change to it was not cut short. */
interface Known {
  readonly sure: string | undefined;
  readonly begun?: { readonly digest: string | undefined };
}

/** What the files of a state folder hold, written down beside each change of them. */
export interface Journal {
  /** Of the folder, for ever: each store in it has the same. */
  readonly id: string;
  /** How often the folder was started. */
  readonly start: number;
  /** By path below the folder. */
  readonly files: ReadonlyMap<string, Known>;
  /** A file is about to hold this, or nothing: until `done` says so, it may also hold what it held. */
  begin(path: string, content: Buffer | string | undefined): void;
  done(path: string): void;
  /** A file that something else writes holds this, by its digest; `undefined`: it may hold anything from now on. */
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

/** Each line has a checksum of itself and of all before it, so that none can change or go but the last. */
const sumOf = (before: string, text: string): string => digestOf(before + text).slice(0, 16);

/** A journal that cannot be what was written. */
export class CorruptJournalError extends Error {
  override readonly name = "BrokenJournal";
}

/** What a folder's journal says; `undefined` when there is none. Fails with a `CorruptJournalError`. */
export const readJournal = (
  folder: string,
): Pick<Journal, "id" | "start" | "files"> | undefined => {
  const path = join(folder, journalFile);
  if (!existsSync(path)) return undefined;
  const [first, ...rest] = linesOf(readFileSync(path, "utf8"));
  const { id, start } = parse(head, first);
  const files = new Map<string, Known>();
  for (const line of rest) apply(files, parse(entry, line));
  return { id, start, files };
};

/** What is left after a change was cut short by the end of the process is a last line without its end. */
const linesOf = (text: string): unknown[] => {
  const lines = text.split("\n").slice(0, -1);
  if (lines.length === 0) throw new CorruptJournalError("it is empty");
  let sum = "";
  return lines.map((line, i) => {
    const [said, ...words] = line.split(" ");
    const json = words.join(" ");
    sum = sumOf(sum, json);
    if (said !== sum) throw new CorruptJournalError(`line ${i + 1} is not as it was written`);
    return JSON.parse(json);
  });
};

const parse = <Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CorruptJournalError("another version has written it");
};

const apply = (files: Map<string, Known>, change: Entry): void => {
  if ("note" in change) {
    if (change.digest === undefined) files.delete(change.note);
    else files.set(change.note, { sure: change.digest });
  } else if ("begin" in change) {
    files.set(change.begin, {
      sure: files.get(change.begin)?.sure,
      begun: { digest: change.digest },
    });
  } else {
    const begun = files.get(change.done)?.begun;
    if (begun?.digest === undefined) files.delete(change.done);
    else files.set(change.done, { sure: begun.digest });
  }
};

/** Begins a journal anew with what is known, in one step, and writes on in it. */
export const writeJournal = (
  folder: string,
  known: { id?: string | undefined; start: number; files: ReadonlyMap<string, string> },
  write: (file: number, line: Buffer) => number = writeSync,
): Journal => {
  const { id = randomUUID(), start } = known;
  const files = new Map<string, Known>();
  let sum = "";
  const lineOf = (value: object): string => {
    const json = JSON.stringify(value);
    sum = sumOf(sum, json);
    return `${sum} ${json}\n`;
  };
  const lines = [lineOf({ id, start, version: 1 })];
  for (const [note, digest] of known.files) {
    lines.push(lineOf({ note, digest }));
    files.set(note, { sure: digest });
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
      if (write(file, line) < line.length) throw cutShort();
    } catch (error) {
      // A disk that is full takes a part of a line: the next one must not stand behind that.
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

/** A disk with room for a part of a line takes that part and says nothing. */
const cutShort = (): Error =>
  Object.assign(new Error("ENOSPC: a line of the journal was cut short"), { code: "ENOSPC" });

/** Takes what was left behind of a journal that was being begun anew. */
export const removeUnfinishedJournal = (folder: string): void =>
  rmSync(join(folder, `${journalFile}.new`), { force: true });
