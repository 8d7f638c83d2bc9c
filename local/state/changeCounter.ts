import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import * as z from "zod";
import { unfinishedSuffix } from "./atomicWrite.ts";
import { digestOf } from "./journal.ts";

/**
 * Counts the acknowledged changes of a store, in a file next to it: `id count checksum`, of
 * constant length. The file is written after the store and before the response, so the store is
 * behind it only after a loss.
 */
export interface ChangeCounter {
  write(count: number): void;
  close(): void;
}

const countDigits = 16;

/** The content of the file; `undefined` when it does not exist, `"corrupt"` when it is invalid. */
export const readChangeCounter = (
  file: string,
): { id: string; count: number } | "corrupt" | undefined => {
  if (isAbsent(file)) return undefined;
  const [id = "", count = "", sum] = readFileSync(file, "utf8").trimEnd().split(" ");
  return sum === sumOf(id, count) ? { id, count: Number(count) } : "corrupt";
};

/** An empty file was created by an earlier version that was killed before the first write. */
const isAbsent = (file: string): boolean => !existsSync(file) || statSync(file).size === 0;

/** Opens the file, or creates it atomically, and writes the first count. */
export const openChangeCounter = (file: string, id: string, first: number): ChangeCounter => {
  if (isAbsent(file)) {
    const fresh = `${file}${unfinishedSuffix}`;
    // Durable before the first change: without its counter, a store looks damaged.
    writeFileSync(fresh, lineOf(id, first), { mode: 0o600, flush: true });
    renameSync(fresh, file);
    syncFolder(dirname(file));
  }
  const handle = openSync(file, "r+");
  let written = -1;
  const write = (count: number): void => {
    if (count <= written) return;
    writeSync(handle, lineOf(id, count), 0);
    written = count;
  };
  write(first);
  return { write, close: () => closeSync(handle) };
};

const syncFolder = (path: string): void => {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
};

const lineOf = (id: string, count: number): string => {
  const digits = String(count).padStart(countDigits, "0");
  return `${id} ${digits} ${sumOf(id, digits)}\n`;
};

const sumOf = (id: string, count: string): string => digestOf(`${id} ${count}`).slice(0, 16);

/**
 * Configuration of a store's change counter: the id of the state folder, the counter file, and the
 * first count.
 */
export const counterConfig = z.object({
  id: z.string(),
  counterFile: z.string(),
  from: z.number(),
});

export type CounterConfig = z.output<typeof counterConfig>;
