import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";

const helper = new URL("../../../bench/system/runToExit.ts", import.meta.url).href;

/** A command that fails as soon as it is stopped, and needs some time to stop. */
const command = `
  import { runToExit } from ${JSON.stringify(helper)};
  const log = (text) => console.log(text);
  const { promise, reject } = Promise.withResolvers();
  const stop = async () => {
    reject(new Error("its process has stopped"));
    await new Promise((resolve) => setTimeout(resolve, 100));
    log("stopped");
  };
  setInterval(() => {}, 1000);
  runToExit(() => promise, { name: "test", log, stop });
  log("runs");
`;

it("a command that gets a signal twice stops everything before it exits", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "-e", command]);
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    if (output.endsWith("runs\n") || output.endsWith("runs\nstopping\n")) child.kill("SIGINT");
  });
  const [code] = await once(child, "close");
  expect(code).toBe(130);
  expect(output.split("\n")).toEqual(["runs", "stopping", "still stopping", "stopped", ""]);
});
