import { readFile } from "node:fs/promises";
import * as z from "zod";
import { parseJson } from "#shared/platform/parseJson.ts";
import { jsonLines } from "#shared/platform/visibleText.ts";
import type { CommandDeps } from "./command.ts";
import { findCloud } from "./findCloud.ts";
import { invokeAt } from "./invoke.ts";
import { parseArguments } from "./parseArguments.ts";
import { table } from "./table.ts";

interface RunDeps extends Omit<CommandDeps, "invoke" | "isLocal"> {
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Runs the command line, and returns the text for standard output. */
export const run = async (
  args: readonly string[],
  { environment, ...deps }: RunDeps,
): Promise<string> => {
  const parsed = parseArguments(args);
  if ("show" in parsed) return parsed.show === "version" ? version() : parsed.show;
  const { command, argument, options } = parsed;
  const place = await findCloud(options, environment);
  const isLocal = place.endpoint !== undefined;
  const invoke = invokeAt(place);
  const done = await command.run(argument, options, { ...deps, invoke, isLocal });
  const isTable = Array.isArray(done) && options.json !== true;
  return isTable ? table(done) : jsonLines(done);
};

const version = async (): Promise<string> => {
  const text = await readFile(new URL("../package.json", import.meta.url), "utf8");
  return z.object({ version: z.string() }).parse(parseJson(text)).version;
};
