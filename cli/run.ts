import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { excerpt, visible } from "../shared/platform/visibleText.ts";
import { cloudAt } from "./cloud/cloud.ts";
import { commands } from "./commands/commands.ts";
import type { CommandDeps, Input } from "./line/command.ts";
import { CommandError, usageError } from "./line/commandError.ts";
import { exits } from "./line/exit.ts";
import { help, helpOf } from "./line/help.ts";
import { parseArguments } from "./line/parseArguments.ts";
import { findAccess } from "./settings/access.ts";
import { fileSettings, settingsFolder } from "./settings/settings.ts";
import { terminalKeys } from "./terminal/keys.ts";
import { type Output, outputTo } from "./terminal/output.ts";
import { terminalPrompt } from "./terminal/prompt.ts";
import { hasColor, paintOff, paintOn } from "./terminal/style.ts";

/** The process around a command. */
export interface World {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: Pick<NodeJS.WriteStream, "isTTY" | "columns" | "write">;
  readonly stderr: NodeJS.WriteStream | (NodeJS.WritableStream & { readonly isTTY?: boolean });
  readonly version: string;
  /** Aborted by Ctrl+C. */
  readonly signal: AbortSignal;
  /** Called on Ctrl+C while the terminal sends keys and no signals. */
  readonly interrupt: () => void;
  readonly now: () => number;
  readonly random: () => number;
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** Runs a command line, and returns the exit status. Never fails. */
export const run = async (args: readonly string[], world: World): Promise<number> => {
  const { stderr, stdout, version, environment } = world;
  try {
    const parsed = parseArguments(args, commands);
    if ("show" in parsed) {
      const [only] = parsed.commands;
      const isOne = parsed.commands.length === 1 && only !== undefined;
      const text = isOne ? helpOf(only) : help(parsed.commands);
      stdout.write(`${parsed.show === "version" ? version : text}\n`);
      return exits.done;
    }
    const { command, input } = parsed;
    return (await withDeps(input, world, (deps) => command.run(input, deps))) ?? exits.done;
  } catch (error) {
    const { text, exit } = failureOf(error, environment);
    if (text !== undefined) stderr.write(`godwit: ${text}\n`);
    return exit;
  }
};

/** The text of a failure for a person: without a stack, unless `GODWIT_DEBUG` is set. */
const failureOf = (
  error: unknown,
  { GODWIT_DEBUG: debug }: Readonly<Record<string, string | undefined>>,
): { text: string | undefined; exit: number } => {
  if (error instanceof CommandError) {
    const { exit, message } = error;
    return { text: exit === exits.interrupted ? undefined : message, exit };
  }
  const message = error instanceof Error ? error.message : String(error);
  if (debug && error instanceof Error) return { text: error.stack, exit: exits.failed };
  const hint =
    error instanceof TypeError
      ? "The API answered in a form that this version of godwit does not know, or godwit has a fault. GODWIT_DEBUG=1 shows where: "
      : "";
  return { text: `${hint}${excerpt(message, 1_000)}`, exit: exits.failed };
};

const withDeps = async <Result>(
  input: Input,
  world: World,
  use: (deps: CommandDeps) => Promise<Result>,
): Promise<Result> => {
  const { environment, stdin, stderr, signal, interrupt, now, random, wait, stdout } = world;
  const settings = fileSettings(settingsFolder(environment));
  const product = productOf(input);
  const prompt = terminalPrompt({ input: stdin, output: stderr, signal, interrupt });
  const write = (text: string): void => void stdout.write(text);
  try {
    return await use({
      ...{ environment, settings, prompt, signal, now, random, wait, write },
      out: outputOf(input, world),
      async cloud() {
        const { api, token } = await findAccess({ api: input.text("api"), environment, settings });
        return cloudAt({ api, token, product, signal });
      },
      anonymousCloud: (api) => cloudAt({ api, signal }),
      cloudWith: ({ api, token }) => cloudAt({ api, token, signal }),
      keys: () =>
        terminalKeys({ input: stdin, interrupt, echo: (text) => void stderr.write(text) }),
      readText: async (file) => utf8(await readFrom(file, { stdin, bytesMax: textBytesMax }), file),
      readBytes: (file, bytesMax) => readFrom(file, { stdin, bytesMax }),
    });
  } finally {
    prompt.close();
  }
};

const outputOf = (input: Input, { environment, stdout, stderr }: World): Output => {
  const isTerminal = stdout.isTTY === true;
  const isColored = !input.has("no-color");
  const paint = isColored && hasColor(isTerminal, environment) ? paintOn : paintOff;
  const isNoteColored = isColored && hasColor(stderr.isTTY === true, environment);
  return outputTo({
    isJson: input.has("json") || !isTerminal,
    paint,
    notePaint: isNoteColored ? paintOn : paintOff,
    lineWidth: () => stdout.columns || Number.POSITIVE_INFINITY,
    write: (text) => void stdout.write(text),
    writeNote: (text) => void stderr.write(text),
  });
};

const productOf = (input: Input): string | undefined => {
  const product = input.text("product");
  if (product === undefined || /^[\w-]{1,200}$/.test(product)) return product;
  throw usageError(
    `--product must be the number or the slug of a product, not ${excerpt(product, 50)}.`,
  );
};

/** The largest input: an API request has at most 256 KB. */
const textBytesMax = 1_048_576;

/** Bytes to read, and how many at most. */
interface Source {
  readonly stdin: NodeJS.ReadStream;
  readonly bytesMax: number;
}

const readFrom = async (
  file: string,
  { stdin, bytesMax }: Source,
): Promise<Uint8Array<ArrayBuffer>> => {
  if (file === "-") return readBounded(stdin, { source: nameOf(file), bytesMax });
  try {
    return await readBounded(createReadStream(file), { source: nameOf(file), bytesMax });
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const why =
      error instanceof Error && "code" in error && error.code === "ENOENT"
        ? "does not exist"
        : "cannot be read";
    throw usageError(`The file ${visible(file)} ${why}.`);
  }
};

const nameOf = (file: string): string => (file === "-" ? "standard input" : visible(file));

/** Reads no more than the bound, also from a file without an end, such as a device. */
const readBounded = async (
  stream: Readable,
  { source, bytesMax }: { source: string; bytesMax: number },
): Promise<Uint8Array<ArrayBuffer>> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > bytesMax) throw usageError(`${source} is larger than ${bytesMax} bytes.`);
    chunks.push(part);
  }
  return Buffer.concat(chunks);
};

/** The API takes text: other bytes would be replaced silently. */
const utf8 = (bytes: Uint8Array, file: string): string => {
  if (isUtf8(bytes)) return Buffer.from(bytes).toString();
  throw usageError(`${nameOf(file)} is not text in UTF-8. Encode bytes, for example in base64.`);
};
