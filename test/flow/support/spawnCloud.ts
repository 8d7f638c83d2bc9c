import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import * as z from "zod";

const readyLine = z.strictObject({
  ready: z.literal(true),
  api: z.url(),
  mqtt: z.url(),
  state: z.string(),
  regions: z.array(
    z.strictObject({ region: z.string(), api: z.url(), mqtt: z.url(), control: z.url() }),
  ),
});

export interface SpawnedCloud extends Omit<z.output<typeof readyLine>, "ready"> {
  readonly process: ChildProcess;
  /** The text that it has written to standard error so far. */
  stderr(): string;
  /** Reads a file of the state folder. */
  read(file: string): Promise<string>;
  /** Sends SIGKILL and waits until the process has exited. */
  kill(): Promise<void>;
}

const run = (args: readonly string[]) => {
  const child = spawn(process.execPath, ["local/start.mjs", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return { child, stderr: () => stderr };
};

type Child = ReturnType<typeof run>["child"];

/** Starts `node local/start.mjs` for one test and waits until it is ready. */
export const spawnCloud = async (...args: string[]): Promise<SpawnedCloud> => {
  const started = startCloudProcess(args);
  onTestFinished(started.kill);
  return started.ready;
};

/** Starts `node local/start.mjs`. The caller kills the process. */
export const startCloudProcess = (args: readonly string[]) => {
  const { child, stderr } = run(["--api-port", "0", "--mqtt-port", "0", ...args]);
  return { ready: ready(child, stderr), kill: () => void child.kill("SIGKILL") };
};

const ready = async (child: Child, stderr: () => string): Promise<SpawnedCloud> => {
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, "exit").then(() => {
    throw new Error(`the cloud process exited: ${stderr()}`);
  });
  const [line] = await Promise.race([once(lines, "line"), ended]);
  ended.catch(() => {});
  const { api, mqtt, state, regions } = readyLine.parse(JSON.parse(line));
  return {
    api,
    mqtt,
    state,
    regions,
    process: child,
    stderr,
    read: (file) => readFile(join(state, file), "utf8"),
    async kill() {
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  };
};

/** Runs `node local/start.mjs` until it exits, for starts that must fail. */
export const runCloud = async (
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> => {
  const { child, stderr } = run(args);
  onTestFinished(() => void child.kill("SIGKILL"));
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  const [code] = await once(child, "close");
  return { code, stdout, stderr: stderr() };
};
