import { excerpt } from "../../shared/platform/visibleText.ts";
import { didYouMean } from "./closest.ts";
import type { Command, Input, OptionSpec } from "./command.ts";
import { usageError } from "./commandError.ts";

/** Options of every command. */
export const commonOptions = {
  api: { value: "URL", summary: "address of the API (default: GODWIT_API, or that of the log-in)" },
  json: { summary: "print JSON lines, also on a terminal" },
  "no-color": { summary: "print no colors (as NO_COLOR does)" },
  help: { summary: "describe the command" },
  version: { summary: "print the version" },
} as const satisfies Readonly<Record<string, OptionSpec>>;

export const productOption: OptionSpec = {
  value: "N",
  summary: "the fleet of this product, by number or slug, in place of yours",
};

const neededProduct: OptionSpec = { value: "N", summary: "the product, by number or slug" };

/** How a command names a product: not at all, as an option, or always. */
export const productOptionOf = (
  command: Pick<Command, "hasProduct" | "needsProduct"> | undefined,
): Readonly<Record<string, OptionSpec>> => {
  if (command?.needsProduct) return { product: neededProduct };
  return command?.hasProduct ? { product: productOption } : {};
};

/** The options of a command, with those that every command has. */
export const optionsOf = (command: Command | undefined): Readonly<Record<string, OptionSpec>> => ({
  ...command?.options,
  ...productOptionOf(command),
  ...commonOptions,
});

/** A parsed command line: a command with its input, or a text to show. */
export type Parsed =
  | { readonly show: "version" | "help"; readonly commands: readonly Command[] }
  | { readonly command: Command; readonly input: Input };

type Values = Map<string, string[]>;

/**
 * Parses a command line; options may be anywhere. Fails with a suggestion on unknown commands and
 * options.
 */
export const parseArguments = (given: readonly string[], commands: readonly Command[]): Parsed => {
  const args = given[0] === "help" ? [...given.slice(1), "--help"] : given;
  const command = findCommand(args, commands);
  const known =
    command === undefined
      ? Object.assign({}, ...commands.map(optionsOf), commonOptions)
      : optionsOf(command);
  const { words, values } = split(args, known, command);
  if (values.has("version")) return { show: "version", commands };
  if (values.has("help") || words.length === 0) {
    return { show: "help", commands: command ? [command] : inGroup(words[0], commands) };
  }
  if (command === undefined) throw unknownCommand(words, commands);
  const rest = words.slice(command.words.split(" ").length);
  return { command, input: inputOf(command, rest, values) };
};

const inGroup = (first: string | undefined, commands: readonly Command[]): readonly Command[] => {
  const group = commands.filter(({ words }) => words.split(" ")[0] === first);
  return group.length === 0 ? commands : group;
};

/** The command whose words occur first, in this order, with only options and values between. */
const findCommand = (
  args: readonly string[],
  commands: readonly Command[],
): Command | undefined => {
  const valued: Readonly<Record<string, OptionSpec>> = Object.assign(
    {},
    ...commands.map(optionsOf),
  );
  const words = wordsOf(args, valued);
  return (
    commands.find((each) => each.words === words.slice(0, 2).join(" ")) ??
    commands.find((each) => each.words === words[0])
  );
};

const isOption = (text: string): boolean =>
  text.startsWith("-") && text !== "-" && !/^-\.?\d/.test(text);

const nameOf = (text: string): string => {
  const name = text.replace(/^--?/, "").split("=")[0] ?? "";
  return text === "-h" ? "help" : name;
};

const hasValue = (known: Readonly<Record<string, OptionSpec>>, name: string): boolean =>
  Object.hasOwn(known, name) && known[name]?.value !== undefined;

const wordsOf = (
  args: readonly string[],
  known: Readonly<Record<string, OptionSpec>>,
): string[] => {
  const words: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const text = args[i] ?? "";
    if (text === "--") return [...words, ...args.slice(i + 1)];
    if (!isOption(text)) words.push(text);
    else if (!text.includes("=") && hasValue(known, nameOf(text))) i++;
  }
  return words;
};

const split = (
  args: readonly string[],
  known: Readonly<Record<string, OptionSpec>>,
  command: Command | undefined,
): { words: string[]; values: Values } => {
  const words: string[] = [];
  const values: Values = new Map();
  for (let i = 0; i < args.length; i++) {
    const text = args[i] ?? "";
    if (text === "--") {
      words.push(...args.slice(i + 1));
      break;
    }
    if (!isOption(text)) {
      words.push(text);
      continue;
    }
    const name = nameOf(text);
    const option = Object.hasOwn(known, name) ? known[name] : undefined;
    const isShort = !text.startsWith("--") && text !== "-h";
    if (option === undefined || isShort) throw unknownOption(text, known, command);
    const inline = text.includes("=") ? text.slice(text.indexOf("=") + 1) : undefined;
    const value = checkedValue(`--${name}`, option, inline ?? nextValue(option, args[i + 1]));
    if (option.value !== undefined && inline === undefined) i++;
    if (values.has(name) && option.value !== undefined && option.many !== true) {
      throw usageError(`--${name} occurs twice.`);
    }
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return { words, values };
};

/** The next word as a value, unless it is an option. */
const nextValue = (option: OptionSpec, next: string | undefined): string | undefined =>
  option.value === undefined || next === undefined || next.startsWith("--") ? undefined : next;

const checkedValue = (shown: string, option: OptionSpec, value: string | undefined): string => {
  if (option.value === undefined) {
    if (value !== undefined) throw usageError(`${shown} takes no value.`);
    return "";
  }
  if (value === undefined) throw usageError(`${shown} needs a value: ${shown} ${option.value}.`);
  if (value === "") throw usageError(`${shown} must not be empty.`);
  checkChoice(shown, option.choices, value);
  return value;
};

const checkChoice = (
  shown: string,
  choices: readonly string[] | undefined,
  value: string,
): void => {
  if (choices === undefined || choices.includes(value)) return;
  throw usageError(
    `${shown} is one of ${choices.join(", ")}, not ${excerpt(value, 50)}.${didYouMean(value, choices)}`,
  );
};

const unknownOption = (
  text: string,
  known: Readonly<Record<string, OptionSpec>>,
  command: Command | undefined,
): Error => {
  const where = command === undefined ? "There is no option" : `${command.words} has no option`;
  const names = Object.keys(known).map((name) => `--${name}`);
  const hint = didYouMean(`--${nameOf(text)}`, names);
  const shown = excerpt(text.split("=")[0] ?? "", 50);
  return usageError(
    `${where} ${shown}.${hint} See: godwit ${command ? `${command.words} ` : ""}--help`,
  );
};

const unknownCommand = (words: readonly string[], commands: readonly Command[]): Error => {
  const [first = ""] = words;
  const group = commands.filter((each) => each.words.startsWith(`${first} `));
  if (group.length > 0) {
    const names = group.map((each) => each.words.slice(first.length + 1));
    const second = words[1];
    if (second === undefined) {
      return usageError(`${first} needs one of ${names.join(", ")}. See: godwit ${first} --help`);
    }
    return usageError(
      `There is no command ${first} ${excerpt(second, 50)}.${didYouMean(second, names)} See: godwit ${first} --help`,
    );
  }
  const firsts = new Set(commands.flatMap((each) => [each.words, each.words.split(" ")[0] ?? ""]));
  return usageError(
    `There is no command ${excerpt(first, 50)}.${didYouMean(first, firsts)} See: godwit --help`,
  );
};

const inputOf = (command: Command, given: readonly string[], values: Values): Input => {
  const specs = command.arguments;
  const last = specs.at(-1);
  if (given.length > specs.length && last?.many !== true) {
    const extra = excerpt(given[specs.length] ?? "", 50);
    throw usageError(
      `${command.words} takes no further argument ${extra}. Put quotes around text with spaces. See: godwit ${command.words} --help`,
    );
  }
  const found = new Map<string, string>();
  for (const [i, { name, optional, choices }] of specs.entries()) {
    const value = given[i];
    if (value === undefined && optional !== true) {
      throw usageError(`${command.words} needs ${name}. See: godwit ${command.words} --help`);
    }
    if (value === undefined) continue;
    checkChoice(name, choices, value);
    found.set(name, value);
  }
  if (command.needsProduct && !values.has("product")) {
    throw usageError(
      `${command.words} needs --product N, the number or the slug of a product. See: godwit products list`,
    );
  }
  const rest = last?.many === true ? given.slice(specs.length - 1) : [];
  return readInput(found, { values, rest });
};

const readInput = (
  found: ReadonlyMap<string, string>,
  { values, rest }: { readonly values: Values; readonly rest: readonly string[] },
): Input => {
  const text = (option: string): string | undefined => values.get(option)?.[0];
  return {
    argument: (name) => found.get(name),
    needed: (name) => found.get(name) ?? "",
    rest: () => rest,
    text,
    texts: (option) => values.get(option) ?? [],
    has: (option) => values.has(option),
    number(option, { min, max }) {
      const given = text(option);
      if (given === undefined) return undefined;
      const number = Number(given);
      if (/^\d{1,15}$/.test(given) && number >= min && number <= max) return number;
      throw usageError(
        `--${option} must be a whole number from ${min} to ${max}, not ${excerpt(given, 50)}.`,
      );
    },
  };
};
