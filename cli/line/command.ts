import type { Cloud } from "../cloud/cloud.ts";
import type { Settings } from "../settings/settings.ts";
import type { Keys } from "../terminal/keys.ts";
import type { Output } from "../terminal/output.ts";
import type { Prompt } from "../terminal/prompt.ts";

/** An option of a command. */
export interface OptionSpec {
  /** Names the value. Absent: the option is a switch. */
  readonly value?: string;
  readonly summary: string;
  /** The only values. */
  readonly choices?: readonly string[];
  /** The option can be repeated. */
  readonly many?: true;
}

/** An argument of a command. */
export interface ArgumentSpec {
  readonly name: string;
  readonly optional?: true;
  /** The last argument, which can be repeated. */
  readonly many?: true;
  readonly choices?: readonly string[];
}

/** The arguments and options of a command line. */
export interface Input {
  argument(name: string): string | undefined;
  /** An argument that the parser has made sure of. */
  needed(name: string): string;
  /** The values of the last argument, if it can be repeated. */
  rest(): readonly string[];
  text(option: string): string | undefined;
  texts(option: string): readonly string[];
  has(option: string): boolean;
  /** A whole number from `min` to `max`. */
  number(option: string, range: { readonly min: number; readonly max: number }): number | undefined;
}

/** What a command uses of the world. */
export interface CommandDeps {
  /** The cloud with the token of the user. Fails if there is none. */
  readonly cloud: () => Promise<Cloud>;
  /** A cloud without a token, for the log-in. */
  readonly anonymousCloud: (api: string) => Cloud;
  /** A cloud with another token than the stored one, without a product. */
  readonly cloudWith: (access: { readonly api: string; readonly token: string }) => Cloud;
  readonly settings: Settings;
  readonly out: Output;
  /** Writes text to standard output as it is, without JSON. */
  readonly write: (text: string) => void;
  readonly prompt: Prompt;
  /** The keys of the terminal, or the lines of standard input. */
  readonly keys: () => Keys;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl+C. */
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly random: () => number;
  /** Reads a file, or standard input for `-`. */
  readonly readText: (file: string) => Promise<string>;
  /** Reads the bytes of a file, or of standard input for `-`. */
  readonly readBytes: (file: string, bytesMax: number) => Promise<Uint8Array<ArrayBuffer>>;
}

/** A command: `devices list`. */
export interface Command {
  readonly words: string;
  readonly summary: string;
  readonly arguments: readonly ArgumentSpec[];
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** The command has a form for the fleet of a product. */
  readonly hasProduct?: true;
  /** The command is about a product, which must be named. */
  readonly needsProduct?: true;
  /** Further lines of the help: examples, rules. */
  readonly notes?: string;
  /** Runs the command, and returns the exit status if it is not 0. */
  readonly run: (input: Input, deps: CommandDeps) => Promise<number | undefined>;
}
