import { execFile } from "node:child_process";
import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";

const run = promisify(execFile);
const device = fileURLToPath(new URL("../../device", import.meta.url));

it("installs from its folder into another project, built and with types", async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "godwit-install-")));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "x", type: "module" }));
  const flags = ["--no-audit", "--no-fund", "--offline"];
  await run("npm", ["install", device, ...flags], { cwd: folder });
  const program = `
    import { createDevice } from "@godwit/device";
    import { readIdentity } from "@godwit/device/readIdentity";
    console.log(typeof createDevice, typeof readIdentity);`;
  await writeFile(join(folder, "try.js"), program);
  const { stdout } = await run(process.execPath, ["try.js"], { cwd: folder });
  expect(stdout).toBe("function function\n");
  const installed = join(folder, "node_modules/@godwit/device");
  const { exports: exported, engines } = JSON.parse(
    await readFile(join(installed, "package.json"), "utf8"),
  );
  expect(await readFile(join(installed, exported["./readIdentity"].types), "utf8")).toContain(
    "readIdentity",
  );
  expect(engines.node).toBe(">=22.2");
}, 60_000);
