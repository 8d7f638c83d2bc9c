import { execFile } from "node:child_process";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";

const run = promisify(execFile);
const cli = fileURLToPath(new URL("../../cli", import.meta.url));

it("installs from its folder into another project, and runs as npx godwit", async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "godwit-install-")));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "x" }));
  const flags = ["--no-audit", "--no-fund", "--offline"];
  await run("npm", ["install", cli, ...flags], { cwd: folder });
  const env = { ...process.env, GODWIT_API: "http://127.0.0.1:9", XDG_CONFIG_HOME: folder };
  const godwit = (...args: string[]) =>
    run("npx", ["--offline", "godwit", ...args], { cwd: folder, env });
  expect((await godwit("--version")).stdout).toBe("0.1.0\n");
  expect((await godwit("devices", "--help")).stdout).toContain("devices provision [NAME]");
  await expect(godwit("devices", "list")).rejects.toMatchObject({
    code: 3,
    stderr:
      "godwit: You are not signed in to http://127.0.0.1:9. Sign in: godwit login --api http://127.0.0.1:9\n",
  });
}, 60_000);
