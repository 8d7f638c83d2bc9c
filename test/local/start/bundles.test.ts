import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sourceStack } from "../../../local/platform/sourceStack.ts";
import { openBundles } from "../../../local/start/bundles.ts";

let repository = "";

const write = (file: string, text: string): void => {
  mkdirSync(join(repository, file, ".."), { recursive: true });
  writeFileSync(join(repository, file), text);
};

beforeEach(() => {
  repository = mkdtempSync(join(tmpdir(), "bundles-test-"));
  for (const file of ["package.json", "tsconfig.json", "node_modules/.package-lock.json"]) {
    write(file, "{}");
  }
  write("local/start/bundles.ts", "");
  write("local/main.ts", 'import { word } from "./word.ts";\nexport const text: string = word;\n');
  write("local/word.ts", 'export const word = "one";\n');
});

afterEach(() => rmSync(repository, { recursive: true, force: true }));

const open = async (): Promise<string> =>
  (await openBundles(repository, { main: "local/main.ts" })) ?? "";

const run = (folder: string) => createRequire(import.meta.url)(join(folder, "main.cjs"));

describe("the bundles of a start", () => {
  it("are those of the earlier start when nothing has changed", async () => {
    const first = await open();
    expect(run(first).text).toBe("one");
    expect(await open()).toBe(first);
  });

  it("are made again when a source that they import has other text of the same length", async () => {
    const first = await open();
    write("local/word.ts", 'export const word = "two";\n');
    const second = await open();
    expect(second).not.toBe(first);
    expect(run(second).text).toBe("two");
  });

  it("are made again when a package has changed, or npm has installed others", async () => {
    write("node_modules/words/package.json", '{ "main": "main.js" }');
    write("node_modules/words/main.js", 'exports.word = "one";\n');
    write("local/word.ts", 'export { word } from "words";\n');
    const first = await open();
    write("node_modules/words/main.js", 'exports.word = "another";\n');
    const second = await open();
    expect(run(second).text).toBe("another");
    write("node_modules/.package-lock.json", '{ "packages": {} }');
    expect(new Set([first, second, await open()]).size).toBe(3);
  });

  it("are made again when they were deleted or cut, or when their record is damaged", async () => {
    const cut = await open();
    writeFileSync(join(cut, "main.cjs"), "");
    const first = await open();
    expect(run(first).text).toBe("one");
    rmSync(first, { recursive: true });
    const second = await open();
    expect(run(second).text).toBe("one");
    write(".godwit/bundles.json", "{");
    expect(await open()).not.toBe(second);
  });

  it("are absent when a source has an error, and are made when it is corrected", async () => {
    write("local/word.ts", "export const word = ;\n");
    expect(await open()).toBe("");
    write("local/word.ts", 'export const word = "one";\n');
    expect(run(await open()).text).toBe("one");
  });

  it("have stack traces that name the sources", async () => {
    write("local/word.ts", '\n\nexport const word: string = new Error("here").stack ?? "";\n');
    const { text } = run(await open());
    expect(text).not.toContain("word.ts");
    expect(sourceStack(text)).toContain(`${join(repository, "local/word.ts")}:3:`);
  });
});
