import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { buildFunctionScript } from "../../../../local/lambda/runtime/functionScript.ts";

/** A function with this source, for the duration of a test. */
const write = async (source: string) => {
  const assembly = await mkdtemp(join(tmpdir(), "script-test-"));
  onTestFinished(() => rm(assembly, { recursive: true }));
  const folder = join(assembly, "asset.code");
  await mkdir(folder);
  await writeFile(join(folder, "index.mjs"), source);
  const kept = async () => {
    const names = (await readdir(assembly)).filter((name) => name.startsWith("script."));
    expect(names).toHaveLength(1);
    return join(assembly, names[0]!);
  };
  return { build: () => buildFunctionScript({ folder, handler: "index.handler" }), folder, kept };
};

it("a script is built once, and again if its file is incomplete", async () => {
  const { build, kept } = await write("export const handler = () => 'answer';");
  const { code } = await build();
  expect(code).toContain("answer");
  const path = await kept();
  const text = await readFile(path, "utf8");
  await writeFile(path, text.replace("answer", "kept"));
  expect((await build()).code).toContain("kept");
  await writeFile(path, text.slice(0, -5));
  expect((await build()).code).toBe(code);
  expect(await readFile(path, "utf8")).toBe(text);
});

it("a changed module has another script", async () => {
  const { build, folder, kept } = await write("export const handler = () => 'before';");
  await build();
  await rm(await kept());
  await writeFile(join(folder, "index.mjs"), "export const handler = () => 'after';");
  expect((await build()).code).toContain("after");
});

it("a module that cannot run as a script is refused each time", async () => {
  const { build } = await write("await 0; export const handler = () => {};");
  await expect(build()).rejects.toThrow();
  await expect(build()).rejects.toThrow();
});
