import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { CommandName } from "./commands.ts";
import { help } from "./help.ts";
import { calls } from "./modes/calls.ts";
import { connections } from "./modes/connections.ts";
import { consoleMode } from "./modes/console.ts";
import { cost } from "./modes/cost.ts";
import { highest } from "./modes/highest.ts";
import { isolation } from "./modes/isolation.ts";
import { loss } from "./modes/loss.ts";
import { matrix } from "./modes/matrix.ts";
import { memory } from "./modes/memory.ts";
import type { Mode, ModeResult } from "./modes/mode.ts";
import { operations } from "./modes/operations.ts";
import { overload } from "./modes/overload.ts";
import { rates } from "./modes/rates.ts";
import { restart } from "./modes/restart.ts";
import { scale } from "./modes/scale.ts";
import { scaleModel } from "./modes/scaleModel.ts";
import { stream } from "./modes/stream.ts";
import { type Options, parseOptions } from "./options.ts";
import { type Facts, formatMarkdown, formatText } from "./report/section.ts";
import { stopAll } from "./system/cleanup.ts";
import { describeMachine, watchSurroundings } from "./system/machine.ts";
import { runToExit } from "./system/runToExit.ts";

const modes: Readonly<Record<CommandName, Mode>> = {
  rates,
  matrix,
  highest,
  overload,
  memory,
  operations,
  connections,
  restart,
  isolation,
  stream,
  calls,
  console: consoleMode,
  cost,
  loss,
  scale,
  "scale-model": scaleModel,
};

const log = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const main = async (): Promise<number> => {
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") {
    process.stdout.write(`${help}\n`);
    return 0;
  }
  const surroundings = await watchSurroundings();
  const at = new Date().toISOString();
  const { data, sections, name = options.command, plot } = await run(options);
  const facts: Facts = {
    command: commandOf(options),
    at,
    machine: describeMachine(),
    state: options.place === "memory" ? "in memory" : "on disk",
    ...(await surroundings()),
  };
  const json = `${JSON.stringify({ ...facts, ...data }, undefined, 2)}\n`;
  const md = formatMarkdown(facts, sections);
  await writeResults(name, { json, md, ...(plot !== undefined && { svg: plot }) });
  const text = `${formatText(facts, sections)}\n`;
  process.stderr.write(options.json ? text : "");
  process.stdout.write(options.json ? json : text);
  return 0;
};

/** The command as a reader repeats it. */
const commandOf = ({ command, of }: Options): string =>
  command === "scale" ? `${command} --of ${of}` : command;

/** Runs a command within its time. Everything that it started is stopped afterwards. */
const run = async (options: Options): Promise<ModeResult> => {
  const { command, minutesMax } = options;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new Error(`${command} took more than ${minutesMax} minutes`));
  }, minutesMax * 60_000);
  try {
    return await Promise.race([modes[command](options, log), late.promise]);
  } finally {
    clearTimeout(timer);
    await stopAll();
  }
};

/** Writes the files with the results to `bench/results`, by their extension. */
const writeResults = async (
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<void> => {
  const folder = fileURLToPath(new URL("results/", import.meta.url));
  await mkdir(folder, { recursive: true });
  for (const [extension, text] of Object.entries(files)) {
    await writeFile(`${folder}${name}.${extension}`, text);
  }
};

runToExit(main, { name: "bench", stop: stopAll, log });
