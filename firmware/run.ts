import { help } from "./help.ts";
import { addKey, newKeys, rotateKeys, signKeyDocument } from "./manageKeys.ts";
import { type Arguments, readArguments } from "./readArguments.ts";
import { signImage } from "./signImage.ts";
import { verifyFile } from "./verifyFile.ts";

type Command = (given: Arguments, now: number) => Promise<string>;

const commands: Readonly<Record<string, Command>> = {
  "keys new": ({ options }, now) => newKeys(options, now),
  "keys add": ({ options }) => addKey(options),
  "keys rotate": ({ options }, now) => rotateKeys(options, now),
  "keys sign": ({ file, options }) => signKeyDocument(file, options),
  sign: ({ file, options }, now) => signImage(file, options, now),
  verify: ({ file, options }, now) => verifyFile(file, options, now),
};

/**
 * Runs the command line, and returns the text for standard output. Fails with a `UsageError`, or a
 * `Failure` of the signing rules.
 */
export const run = async (args: readonly string[], now: number): Promise<string> => {
  const given = readArguments(args);
  if (given === "help") return help;
  const command = commands[given.command];
  if (command === undefined) throw new Error(`${given.command} has no implementation`);
  return command(given, now);
};
