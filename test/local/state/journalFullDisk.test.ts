import { mkdtempSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { digestOf, readJournal, writeJournal } from "../../../local/state/journal.ts";
import { noSpace } from "../support/fullDisk.ts";

const folder = mkdtempSync(join(tmpdir(), "journal-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  ["fails", true],
  ["takes a part of the line", false],
])("a line that a full disk %s is removed and written again", (_, throws) => {
  let isFull = false;
  const write = (file: number, line: Buffer): number => {
    if (!isFull) return writeSync(file, line);
    const written = writeSync(file, line.subarray(0, 9));
    if (throws) throw noSpace();
    return written;
  };
  const journal = writeJournal(folder, { start: 1, files: new Map() }, write);
  journal.note("kms/a.json", digestOf("a"));
  isFull = true;
  expect(() => journal.begin("kms/b.json", "b")).toThrow("ENOSPC");
  expect(readJournal(folder)?.files.has("kms/b.json")).toBe(false);
  isFull = false;
  journal.begin("kms/b.json", "b");
  journal.done("kms/b.json");
  journal.close();
  expect(readJournal(folder)?.files).toEqual(
    new Map([
      ["kms/a.json", { committed: digestOf("a") }],
      ["kms/b.json", { committed: digestOf("b") }],
    ]),
  );
});
