import { closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";
import { digestOf } from "./journal.ts";

/**
 * How many changes of a store have been acknowledged, in a file beside it: `id count checksum`, always as long. It is written
 * after the store and before the answer, so the store is never behind it unless it has lost something.
 */
export interface Counter {
  write(count: number): void;
  close(): void;
}

const countDigits = 16;

/** What the file says; `undefined` when there is none, `"broken"` when it cannot be what was written. */
export const readCounter = (file: string): { id: string; count: number } | "broken" | undefined => {
  if (!existsSync(file)) return undefined;
  const [id = "", count = "", sum] = readFileSync(file, "utf8").trimEnd().split(" ");
  return sum === sumOf(id, count) ? { id, count: Number(count) } : "broken";
};

/** Opens the file, or makes it, and writes a first count. */
export const openCounter = (file: string, id: string, first: number): Counter => {
  const handle = openSync(file, existsSync(file) ? "r+" : "w", 0o600);
  let written = -1;
  const write = (count: number): void => {
    if (count <= written) return;
    written = count;
    const digits = String(count).padStart(countDigits, "0");
    writeSync(handle, `${id} ${digits} ${sumOf(id, digits)}\n`, 0);
  };
  write(first);
  return { write, close: () => closeSync(handle) };
};

const sumOf = (id: string, count: string): string => digestOf(`${id} ${count}`).slice(0, 16);
