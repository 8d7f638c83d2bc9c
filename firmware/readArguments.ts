import { parseArgs } from "node:util";
import { argumentProblem } from "#shared/input/argumentProblem.ts";
import { closestName } from "#shared/input/closestName.ts";
import { UsageError } from "../admin/usageError.ts";

const options = {
  product: { type: "string" },
  version: { type: "string" },
  key: { type: "string", multiple: true },
  public: { type: "string", multiple: true },
  document: { type: "string" },
  out: { type: "string" },
  threshold: { type: "string" },
  expires: { type: "string" },
  sequence: { type: "string" },
  "minimum-version": { type: "string" },
  platform: { type: "string" },
  keep: { type: "boolean" },
  add: { type: "boolean" },
  again: { type: "boolean" },
  help: { type: "boolean" },
} as const;

/** The options of the command line, by name. */
export type Options = ReturnType<typeof parse>["values"];

type OptionName = keyof typeof options;

/** The options of each command, and whether it takes a file. */
const commands: Readonly<Record<string, { file: boolean; options: readonly OptionName[] }>> = {
  "keys new": { file: false, options: ["product", "out", "public", "threshold", "expires"] },
  "keys add": { file: false, options: ["out"] },
  "keys rotate": {
    file: false,
    options: ["document", "key", "out", "keep", "public", "threshold", "expires"],
  },
  "keys sign": { file: true, options: ["key"] },
  sign: {
    file: true,
    options: [
      "product",
      "version",
      "key",
      "out",
      "expires",
      "sequence",
      "minimum-version",
      "platform",
      "add",
      "again",
    ],
  },
  verify: { file: true, options: ["document"] },
};

/** A parsed command line. */
export interface Arguments {
  readonly command: string;
  /** The file that the command is about. */
  readonly file: string;
  readonly options: Options;
}

/** Parses the command line. Fails with a `UsageError` for unknown words and options. */
export const readArguments = (args: readonly string[]): Arguments | "help" => {
  const { values, positionals } = parse(args);
  const [first, second, ...rest] = positionals;
  if (values.help === true || first === undefined) return "help";
  const command = first === "keys" ? `keys ${second ?? ""}`.trim() : first;
  const found = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (found === undefined) throw unknownCommand(command);
  const files = first === "keys" ? rest : second === undefined ? [] : [second, ...rest];
  const given = Object.keys(values).find((name) => !found.options.some((known) => known === name));
  if (given !== undefined) {
    const known = found.options.map((name) => `--${name}`).join(", ");
    throw new UsageError(`${command} has no option --${given}. It has ${known}.`);
  }
  if (files.length !== (found.file ? 1 : 0)) {
    const takes = found.file ? "one file" : "no file";
    throw new UsageError(`${command} takes ${takes}: npm run firmware -- --help`);
  }
  return { command, file: files[0] ?? "", options: values };
};

const unknownCommand = (command: string): UsageError => {
  const closest = closestName(command, Object.keys(commands));
  const hint = closest === undefined ? "" : ` Did you mean '${closest}'?`;
  return new UsageError(`There is no command '${command}'.${hint} npm run firmware -- --help`);
};

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (cause) {
    throw new UsageError(`${argumentProblem(cause, options)} Try --help.`, { cause });
  }
};

/** The value of an option that a command needs. */
export const required = (given: Options, name: "product" | "version" | "out" | "document") => {
  const value = given[name];
  if (value === undefined) throw new UsageError(`--${name} is missing: npm run firmware -- --help`);
  return value;
};

/** A whole number of an option. */
export const numberOf = (name: string, text: string, max: number): number => {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= max) return value;
  throw new UsageError(`--${name} must be a whole number from 1 to ${max}, not '${text}'.`);
};

/** A time of an option, in the future, as ISO 8601 in UTC. */
export const expiryOf = (text: string, now: number): string => {
  const at = Date.parse(text);
  const isTime = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{3})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(
    text,
  );
  if (!isTime || Number.isNaN(at)) {
    throw new UsageError(
      `--expires must be a time like 2027-01-31 or 2027-01-31T12:00:00Z, not '${text}'.`,
    );
  }
  if (at <= now) throw new UsageError(`--expires is in the past: ${text}`);
  return new Date(at).toISOString();
};
