import { parseArgs } from "node:util";
import { closestName } from "#shared/input/closestName.ts";
import type { Command, Options } from "./command.ts";
import { commands } from "./commands.ts";
import { help, helpOf } from "./help.ts";
import { UsageError } from "./usageError.ts";

/** A parsed command line: a command with its argument and options, or a text to show. */
export type Parsed =
  | { readonly show: string }
  | { readonly show: "version" }
  | { readonly command: Command; readonly argument: string; readonly options: Options };

/** Options of every command. */
const common = {
  state: { type: "string" },
  region: { type: "string" },
  function: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean" },
  version: { type: "boolean" },
} as const;

type Kinds = Readonly<Record<string, { readonly type: "string" | "boolean" }>>;

const kindsOf = ({ options, dangerous }: Command): Kinds => ({
  ...Object.fromEntries(
    Object.entries(options).map(
      ([name, { value }]) => [name, { type: value ? "string" : "boolean" }] as const,
    ),
  ),
  ...common,
  ...(dangerous && { yes: { type: "boolean" as const } }),
});

/**
 * The options of all commands. The parser needs to know which of them take a value before it knows
 * the command.
 */
const allKinds: Kinds = Object.assign({}, ...commands.map(kindsOf));

/**
 * Parses the command line; options may be anywhere. Fails with a `UsageError` on unknown words and
 * options, with a suggestion.
 */
export const parseArguments = (args: readonly string[]): Parsed => {
  const { words, typed } = split(args);
  const command = commands.find((each) => each.words === words.slice(0, 2).join(" "));
  const known = command ? kindsOf(command) : allKinds;
  const options = readOptions(typed, known, command);
  if (options.version === true) return { show: "version" };
  if (command === undefined) {
    const group = commands.filter((each) => each.words.startsWith(`${words[0]} `));
    if (words.length === 0 || options.help === true) {
      return { show: help(group.length === 0 ? commands : group) };
    }
    if (words.length === 1 && group.length > 0) throw incompleteCommand(group);
    throw unknownCommand(words.slice(0, 2).join(" "));
  }
  if (options.help === true) return { show: helpOf(command) };
  return { command, argument: argumentOf(command, words.slice(2)), options };
};

interface Typed {
  readonly name: string;
  readonly raw: string;
  readonly value: string | undefined;
  readonly isInline: boolean;
}

const split = (args: readonly string[]): { words: string[]; typed: Typed[] } => {
  const { tokens } = parseArgs({
    args: [...args],
    options: allKinds,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const words = tokens.flatMap((token) => (token.kind === "positional" ? [token.value] : []));
  const typed = tokens.flatMap((token) =>
    token.kind === "option"
      ? [
          {
            name: token.name,
            raw: token.rawName,
            value: token.value,
            isInline: token.inlineValue === true,
          },
        ]
      : [],
  );
  return { words, typed };
};

const readOptions = (
  typed: readonly Typed[],
  known: Kinds,
  command: Command | undefined,
): Options => {
  const options: Record<string, string | boolean> = {};
  for (const { name, raw, value, isInline } of typed) {
    const kind = Object.hasOwn(known, name) ? known[name] : undefined;
    if (kind === undefined) throw unknownOption(name, { raw, known, command });
    if (kind.type === "boolean") {
      if (value !== undefined) throw new UsageError(`${raw} takes no value.`);
      options[name] = true;
    } else {
      if (value === undefined || (!isInline && value.startsWith("--"))) {
        throw new UsageError(`${raw} needs a value.`);
      }
      options[name] = value;
    }
  }
  return options;
};

const unknownOption = (
  name: string,
  { raw, known, command }: { raw: string; known: Kinds; command: Command | undefined },
): UsageError => {
  const close = closestName(name, Object.keys(known));
  const meant = close === undefined ? "" : ` Did you mean --${close}?`;
  const where = command ? `${command.words} has no option` : "There is no option";
  return new UsageError(
    `${where} ${raw}.${meant} Try ${command ? `${command.words} ` : ""}--help.`,
  );
};

const unknownCommand = (words: string): UsageError => {
  const close = closestName(
    words,
    commands.map((each) => each.words),
  );
  const meant = close === undefined ? "" : ` Did you mean '${close}'?`;
  return new UsageError(`There is no command '${words}'.${meant} Try --help.`);
};

/** A first word without the second one, as in `incident`. */
const incompleteCommand = (group: readonly Command[]): UsageError =>
  new UsageError(
    `The command is one of ${group.map(({ words }) => words).join(", ")}. Try --help.`,
  );

const argumentOf = ({ words, argument: wanted }: Command, given: readonly string[]): string => {
  const [argument, ...others] = given;
  if (wanted === undefined) {
    if (argument !== undefined) throw new UsageError(`${words} takes no '${argument}'.`);
    return "";
  }
  if (argument === undefined) throw new UsageError(`${words} needs a ${wanted}.`);
  if (others.length > 0) throw new UsageError(`${words} takes one ${wanted}.`);
  return argument;
};
