import type { ArgumentSpec, Command, OptionSpec } from "./command.ts";
import { exitMeanings } from "./exit.ts";
import { commonOptions, optionsOf, productOption, productOptionOf } from "./parseArguments.ts";

const rows = (pairs: readonly (readonly [string, string])[]): string => {
  const width = Math.max(0, ...pairs.map(([left]) => left.length)) + 2;
  return pairs.map(([left, right]) => `  ${left.padEnd(width)}${right}`).join("\n");
};

const shown = ({ name, optional, many }: ArgumentSpec): string => {
  const repeated = many ? `${name}…` : name;
  return optional ? `[${repeated}]` : repeated;
};

const usage = ({ words, arguments: given, needsProduct }: Command): string =>
  [words, ...given.map(shown), ...(needsProduct ? ["--product N"] : [])].join(" ");

const optionRow = ([name, { value, summary, choices }]: [string, OptionSpec]) =>
  [
    `--${name}${value === undefined ? "" : ` ${value}`}`,
    choices === undefined ? summary : `${summary}: ${choices.join(", ")}`,
  ] as const;

const optionRows = (options: Readonly<Record<string, OptionSpec>>): string =>
  rows(Object.entries(options).map(optionRow));

const environment = [
  ["GODWIT_API", "address of the API"],
  ["GODWIT_TOKEN", "access token, in place of the stored one"],
  ["XDG_CONFIG_HOME", "folder of the stored token: godwit/credentials.json (default: ~/.config)"],
  ["NO_COLOR", "print no colors"],
] as const;

/** The help of several commands. */
export const help = (commands: readonly Command[]): string => `The command line of Godwit.

godwit COMMAND [options]

${rows(commands.map((command) => [usage(command), command.summary]))}

Options of every command:
${optionRows(commonOptions)}

Most commands have --product N: ${productOption.summary}.
On a terminal, lists are tables. In a pipe and with --json, each result is a line of JSON.

Exit status:
${rows(exitMeanings.map(([status, meaning]) => [String(status), meaning]))}

Environment:
${rows(environment)}

godwit COMMAND --help describes the options of a command.`;

/** The help of one command. */
export const helpOf = (command: Command): string => {
  const own = { ...command.options, ...productOptionOf(command) };
  const parts = [
    `godwit ${usage(command)} [options]: ${command.summary}`,
    Object.keys(own).length === 0 ? "" : optionRows(own),
    command.notes ?? "",
    `Options of every command:\n${optionRows(commonOptions)}`,
    `Exit status:\n${rows(exitMeanings.map(([status, meaning]) => [String(status), meaning]))}`,
  ];
  return parts.filter((part) => part !== "").join("\n\n");
};

/** All options of a command, for completion. */
export const optionNames = (command: Command): string[] =>
  Object.keys(optionsOf(command)).map((name) => `--${name}`);
