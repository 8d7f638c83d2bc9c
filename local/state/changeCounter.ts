import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import * as z from "zod";
import { unfinishedSuffix } from "./atomicWrite.ts";
import { digestOf } from "./journal.ts";

/**
 * How many changes of a store have been acknowledged, in a file beside it: `id count checksum`, always as long. It is written
 * after the store and before the answer, so the store is never behind it unless it has lost something.
 */
export interface ChangeCounter {
  write(count: number): void;
  close(): void;
}

const countDigits = 16;

/** What the file says; `undefined` when there is none, `"broken"` when it cannot be what was written. */
export const readChangeCounter = (
  file: string,
): { id: string; count: number } | "broken" | undefined => {
  if (isAbsent(file)) return undefined;
  const [id = "", count = "", sum] = readFileSync(file, "utf8").trimEnd().split(" ");
  return sum === sumOf(id, count) ? { id, count: Number(count) } : "broken";
};

/** A file without content is one that an earlier version had made and not yet written when it was killed. */
const isAbsent = (file: string): boolean => !existsSync(file) || statSync(file).size === 0;

/** Opens the file, or makes it whole in one step, and writes a first count. */
export const openChangeCounter = (file: string, id: string, first: number): ChangeCounter => {
  if (isAbsent(file)) {
    const fresh = `${file}${unfinishedSuffix}`;
    writeFileSync(fresh, lineOf(id, first), { mode: 0o600 });
    renameSync(fresh, file);
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

const lineOf = (id: string, count: number): string => {
  const digits = String(count).padStart(countDigits, "0");
  return `${id} ${digits} ${sumOf(id, digits)}\n`;
};

const sumOf = (id: string, count: string): string => digestOf(`${id} ${count}`).slice(0, 16);

/** How a store's thread keeps count of its changes: whose folder it is, and where the count is written beside the store. */
export const counterConfig = z.object({
  id: z.string(),
  counterFile: z.string(),
  from: z.number(),
});

export type CounterConfig = z.output<typeof counterConfig>;
