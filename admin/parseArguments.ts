import { parseArgs } from "node:util";
import type { Command, Options } from "./command.ts";
import { commands } from "./commands.ts";
import { help, helpOf } from "./help.ts";
import { UsageError } from "./usageError.ts";

/** What was typed: a command with its argument and options, or a text to show. */
export type Parsed =
  | { readonly show: string }
  | { readonly command: Command; readonly argument: string; readonly options: Options };

/** Options that every command takes. */
const common = ["state", "region", "function"];

/** Reads the command line. Fails with a `UsageError` on anything that it does not know. */
export const parseArguments = (args: readonly string[]): Parsed => {
  const words = args.slice(0, 2).join(" ");
  const command = commands.find((each) => each.words === words);
  if (command === undefined) {
    if (args.length === 0 || args.includes("--help")) return { show: help() };
    throw new UsageError(`There is no command '${words}'. Try --help.`);
  }
  const { values, positionals } = parse(command, args.slice(2));
  if (values.help === true) return { show: helpOf(command) };
  const [argument, ...others] = positionals;
  if (argument === undefined) throw new UsageError(`${words} needs a ${command.argument}.`);
  if (others.length > 0) throw new UsageError(`${words} takes one ${command.argument}.`);
  return { command, argument, options: values };
};

const parse = ({ words, options }: Command, args: readonly string[]) => {
  const text = { type: "string" } as const;
  const own = Object.entries(options).map(
    ([name, { value }]) => [name, value ? text : ({ type: "boolean" } as const)] as const,
  );
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...Object.fromEntries(own),
        ...Object.fromEntries(common.map((name) => [name, text])),
        help: { type: "boolean" },
      },
    });
  } catch (cause) {
    const [reason = ""] = (cause instanceof Error ? cause.message : String(cause)).split(/\.\s|\n/);
    throw new UsageError(`${reason}. Try ${words} --help.`, { cause });
  }
};
