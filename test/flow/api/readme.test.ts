import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { target } from "../support/target.ts";
import { testCloud } from "../support/testCloud.ts";

const run = promisify(execFile);

/** The commands in the section "Try it" of the README, in order. */
const commands = async (): Promise<string[]> => {
  const text = await readFile("README.md", "utf8");
  const [, section = ""] = text.split("## Try it");
  const [tries = ""] = section.split("\n## ");
  const blocks = [...tries.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block!);
  // The first command sets the state folder. The test sets it in the environment.
  return blocks.slice(1);
};

/**
 * The times for which the commands wait, doubled: other processes share the machine of the test.
 */
const patient = (script: string): string =>
  script.replace(/\b(sleep|--max-time) (\d+)/g, (_, what, s) => `${what} ${2 * Number(s)}`);

/** A free port. */
const freePort = async (): Promise<string> => {
  const { url, close } = await target();
  await close();
  return new URL(url).port;
};

it("the commands of the README work as printed", async () => {
  const cloud = await testCloud({ demo: true });
  const folder = await mkdtemp(join(tmpdir(), "godwit-readme-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await symlink(resolve("node_modules"), join(folder, "node_modules"));
  const ports = {
    "8080": new URL(cloud.api).port,
    "8883": new URL(cloud.mqtt).port,
    "9000": await freePort(),
    "9001": await freePort(),
  };
  const [watch = "", hook = "", down = "", call = "", ...rest] = await commands();
  expect(rest).toEqual([]);
  const script = patient([watch, hook, down, call].join("\necho ---\n")).replace(
    /\b(8080|8883|9000|9001)\b/g,
    (port) => ports[port as keyof typeof ports],
  );
  const { stdout } = await run("bash", ["-c", script], {
    cwd: folder,
    env: {
      HOME: folder,
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      STATE: cloud.state,
    },
    timeout: 100_000,
  });
  const [watched, hooked, dead = "", called] = stdout.split("---\n");
  expect(watched).toMatch(/^:ok$/m);
  expect(watched).toMatch(/^event: hello\ndata: \{"data":"world"/m);
  expect(watched).toMatch(/^event: temperature$/m);
  expect(hooked).toContain("target got event=temperature&data=21.5&");
  const letters = JSON.parse(dead);
  expect(letters.dead_letters[0].reason).toContain("ECONNREFUSED");
  expect(called).toMatch(/"return_value":1\}/);
  expect(called).toMatch(/"name":"temperature","result":[\d.]+,/);
}, 150_000);
