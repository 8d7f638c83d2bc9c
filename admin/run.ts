import type { CommandNeeds } from "./command.ts";
import { findPlace } from "./findPlace.ts";
import { invokeAt } from "./invoke.ts";
import { parseArguments } from "./parseArguments.ts";

interface RunNeeds extends Omit<CommandNeeds, "invoke"> {
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Does what was typed, and answers what to print on standard output. */
export const run = async (
  args: readonly string[],
  { environment, ...needs }: RunNeeds,
): Promise<string> => {
  const parsed = parseArguments(args);
  if ("show" in parsed) return parsed.show;
  const { command, argument, options } = parsed;
  const invoke = invokeAt(await findPlace(options, environment));
  const done = await command.run(argument, options, { ...needs, invoke });
  return JSON.stringify(done, null, 2);
};
