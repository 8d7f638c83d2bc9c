import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { buildConsole } from "../../infra/constructs/function/consoleSite.ts";

/** Bytes of the first load, gzipped: the page, its scripts and its style. */
const firstLoadBytesMax = 60_000;

const folder = mkdtempSync(join(tmpdir(), "godwit-console-"));
const inputs = buildConsole(folder);
const page = readFileSync(join(folder, "index.html"), "utf8");
const names = readdirSync(join(folder, "assets"));

/** The scripts that a script needs before it runs. */
const importsOf = (file: string): string[] =>
  [...readFileSync(file, "utf8").matchAll(/(?:\bfrom|\bimport) ?"\.\/([\w.-]+)"/g)].map(
    ([, name = ""]) => join(folder, "assets", name),
  );

it("loads at most 60 kB, gzipped", () => {
  const files = [...page.matchAll(/assets\/[\w.-]+/g)].map(([name]) => join(folder, name));
  // The style, the script, and the script of what it shares with the parts that are loaded later.
  expect(files).toHaveLength(3);
  for (const file of files)
    expect(importsOf(file).filter((one) => !files.includes(one))).toEqual([]);
  const sizes = files.map((file) => gzipSync(readFileSync(file)).length);
  expect(sizes.reduce((sum, size) => sum + size, gzipSync(page).length)).toBeLessThan(
    firstLoadBytesMax,
  );
});

it("has a reference of the API of at most 40 kB, gzipped, in all", () => {
  const reference = readFileSync(join(folder, "reference.html"), "utf8");
  const files = [...reference.matchAll(/assets\/[\w.-]+/g)].map(([name]) => join(folder, name));
  expect(files).toHaveLength(2);
  const sizes = files.map((file) => gzipSync(readFileSync(file)).length);
  // Without parts that are loaded later.
  expect(names.filter((name) => /^reference.*\.(js|css)$/.test(name))).toHaveLength(2);
  expect(sizes.reduce((sum, size) => sum + size, gzipSync(reference).length)).toBeLessThan(40_000);
});

it("consists of its own files, of small libraries, and of two files of others", () => {
  const others = inputs.filter((file) => file.startsWith(".."));
  const libraries = others.map(
    (file) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? file,
  );
  expect([...new Set(libraries)].toSorted()).toEqual([
    "../client/eventFrames.ts",
    "../shared/platform/visibleText.ts",
    "@preact/signals",
    "@preact/signals-core",
    "preact",
    "uplot",
    "uqr",
  ]);
});

it("has a name with a hash and compressed copies for each file", () => {
  for (const name of names.filter((each) => /\.(js|css)$/.test(each))) {
    expect(name).toMatch(/^[\w.]+-[A-Z0-9]{8}\.(js|css)$/);
    expect(names).toContain(`${name}.br`);
    expect(names).toContain(`${name}.gz`);
  }
});

it("has no script or style in the page, and no address of another origin", () => {
  expect(page).not.toMatch(/<script>|<style|style=|\son\w+=|(src|href)="(https?:)?\/\//);
});
