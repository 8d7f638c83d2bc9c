import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { onTestFinished } from "vitest";
import { run } from "../../../cli/run.ts";

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** What a person types, or what a pipe contains. */
  readonly typed?: string;
  /** Whether input and output are a terminal. */
  readonly isTerminal?: boolean;
  /** Columns of the terminal. */
  readonly columns?: number;
  readonly signal?: AbortSignal;
  readonly wait?: (ms: number) => Promise<void>;
}

/** A new folder that ends with the test. */
export const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "godwit-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** Collects what is written. */
const collector = (isTTY: boolean, columns: number) => {
  const written: string[] = [];
  const stream = Object.assign(new PassThrough(), { isTTY, columns });
  stream.on("data", (chunk: Buffer) => written.push(chunk.toString()));
  return { stream, text: () => written.join("") };
};

/** Starts a command line as `npx godwit` does, in this process. */
export const startCommand = (
  args: readonly string[],
  {
    environment = {},
    typed = "",
    isTerminal = false,
    columns = 120,
    signal = new AbortController().signal,
    wait = () => new Promise((resolve) => setImmediate(resolve)),
  }: RunOptions = {},
) => {
  const [out, err] = [collector(isTerminal, columns), collector(isTerminal, columns)];
  const stdin = Object.assign(new PassThrough(), { isTTY: isTerminal, setRawMode: () => {} });
  if (isTerminal) stdin.write(typed);
  else stdin.end(typed);
  const stop = new AbortController();
  const exit = run(args, {
    environment: { NO_COLOR: "1", XDG_CONFIG_HOME: newFolder(), ...environment },
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: out.stream as unknown as NodeJS.WriteStream,
    stderr: err.stream as unknown as NodeJS.WriteStream,
    version: "1.2.3",
    signal: AbortSignal.any([signal, stop.signal]),
    interrupt: () => stop.abort(),
    now: Date.now,
    random: () => 0,
    wait,
  });
  return {
    exit,
    type: (text: string) => void stdin.write(text),
    stdout: out.text,
    stderr: err.text,
  };
};

/** Runs a command line to its end. */
export const runCommand = async (args: readonly string[], options: RunOptions = {}) => {
  const { exit, stdout, stderr } = startCommand(args, options);
  const status = await exit;
  return { exit: status, stdout: stdout(), stderr: stderr() };
};
