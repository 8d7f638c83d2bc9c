import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { openChangeCounter, readChangeCounter } from "../../../local/state/changeCounter.ts";

const folder = mkdtempSync(join(tmpdir(), "counter-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("creates a counter atomically and continues it", () => {
  const file = join(folder, "new");
  const counter = openChangeCounter(file, "id", 3);
  expect(readChangeCounter(file)).toEqual({ id: "id", count: 3 });
  counter.write(4);
  counter.close();
  expect(readChangeCounter(file)).toEqual({ id: "id", count: 4 });
  expect(readdirSync(folder)).toEqual(["new"]);
});

it("treats an empty counter file as missing", () => {
  const file = join(folder, "empty");
  writeFileSync(file, "");
  expect(readChangeCounter(file)).toBeUndefined();
  openChangeCounter(file, "id", 0).close();
  expect(readChangeCounter(file)).toEqual({ id: "id", count: 0 });
});

it("creates a counter again after an interrupted creation", () => {
  const file = join(folder, "cut");
  writeFileSync(`${file}.unfinished`, "id 00");
  expect(readChangeCounter(file)).toBeUndefined();
  openChangeCounter(file, "id", 0).close();
  expect(readChangeCounter(file)).toEqual({ id: "id", count: 0 });
});

it("reports a truncated counter as corrupt", () => {
  const file = join(folder, "half");
  openChangeCounter(file, "id", 7).close();
  writeFileSync(file, readFileSync(file, "utf8").slice(0, 12));
  expect(readChangeCounter(file)).toBe("corrupt");
});
