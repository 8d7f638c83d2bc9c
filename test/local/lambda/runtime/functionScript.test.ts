import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  buildFunctionScript,
  keepCompiled,
} from "../../../../local/lambda/runtime/functionScript.ts";
import { compileScript } from "../../../../local/lambda/runtime/instance.ts";

/** A function with this source, for the duration of a test. */
const write = async (source: string) => {
  const assembly = await mkdtemp(join(tmpdir(), "script-test-"));
  onTestFinished(() => rm(assembly, { recursive: true }));
  const folder = join(assembly, "asset.code");
  await mkdir(folder);
  await writeFile(join(folder, "index.mjs"), source);
  const kept = async () => {
    const names = (await readdir(assembly)).filter((name) => /^script\..*\.cjs$/.test(name));
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

describe("compiled code of an earlier start", () => {
  const network = { http, transport: undefined };
  const globals = { process, console, network };

  /** A script that has been run once, with its file for the compiled code. */
  const runOnce = async () => {
    const { build, kept } = await write("export const handler = () => 'answer';");
    const script = await build();
    expect(script.compiled).toBeUndefined();
    const { run, takeCompiled } = compileScript(script);
    run(globals);
    const compiled = takeCompiled();
    expect(compiled).toBeDefined();
    expect(takeCompiled()).toBeUndefined();
    await keepCompiled(script.compiledFile, compiled!);
    return { build, kept, compiledFile: script.compiledFile };
  };

  it("is used by the next start, which keeps none again", async () => {
    const { build } = await runOnce();
    const again = compileScript(await build());
    expect(again.run(globals)).toHaveProperty("handler");
    expect(again.takeCompiled()).toBeUndefined();
  });

  it.each([
    ["is damaged", (bytes: Buffer) => bytes.fill(0, bytes.length / 2)],
    ["is incomplete", (bytes: Buffer) => bytes.subarray(0, bytes.length - 1)],
    ["is empty", () => Buffer.alloc(0)],
  ])("is not used when its file %s", async (_, change) => {
    const { build, compiledFile } = await runOnce();
    await writeFile(compiledFile, change(await readFile(compiledFile)));
    expect((await build()).compiled).toBeUndefined();
  });

  it("is made again when V8 rejects it", async () => {
    const { build } = await write("export const handler = () => 'of another version';");
    const script = { ...(await build()), compiled: new Uint8Array(500) };
    const { run, takeCompiled } = compileScript(script);
    expect(run(globals)).toHaveProperty("handler");
    expect(takeCompiled()).toBeDefined();
  });
});
