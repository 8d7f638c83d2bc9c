import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { stopLater } from "../bench/system/cleanup.ts";
import { outputCharsMax, stopMsMax } from "./limits.ts";

/** The environment of a child process. */
export type Environment = Readonly<Record<string, string>>;

/** A process with its children, in a process group of its own. */
export interface Running {
  /** What it has printed since the last call. */
  takeOutput(): string;
  readonly ended: Promise<number>;
  stop(): Promise<void>;
}

interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Environment;
}

/** Starts a process. `stop` ends it together with the processes that it started. */
export const startProcess = ({ command, args, cwd, env }: Command): Running => {
  const child = spawn(command, args, {
    cwd,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-outputCharsMax);
    });
  }
  const { promise: ended, resolve } = Promise.withResolvers<number>();
  child.once("error", (error) => {
    output += `${command}: ${error.message}\n`;
    resolve(127);
  });
  child.once("close", (code) => resolve(code ?? 1));
  const killNow = (): void => signal(child, "SIGKILL");
  process.once("exit", killNow);
  return {
    takeOutput() {
      const taken = output;
      output = "";
      return taken;
    },
    ended,
    stop: stopLater(async () => {
      await end(child);
      process.off("exit", killNow);
    }),
  };
};

/** Runs a process to its end. It is killed after `msMax`. */
export const runProcess = async (
  options: Command & { readonly msMax: number },
): Promise<{ readonly code: number; readonly output: string }> => {
  const running = startProcess(options);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    void running.stop();
  }, options.msMax);
  const code = await running.ended;
  clearTimeout(timer);
  await running.stop();
  const late = isLate ? `\nkilled after ${options.msMax / 1_000} s\n` : "";
  return { code: isLate ? 1 : code, output: `${running.takeOutput()}${late}` };
};

const end = async (child: ChildProcess): Promise<void> => {
  const hasEnded = child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  if (!hasEnded) {
    const gone = once(child, "exit");
    signal(child, "SIGTERM");
    const timer = setTimeout(() => signal(child, "SIGKILL"), stopMsMax);
    await gone;
    clearTimeout(timer);
  }
  // Processes that it started and left behind.
  signal(child, "SIGKILL");
};

const signal = ({ pid }: ChildProcess, name: "SIGTERM" | "SIGKILL"): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch {
    // The group has ended.
  }
};
