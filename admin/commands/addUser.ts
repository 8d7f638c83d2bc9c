import { randomBytes } from "node:crypto";
import type { Command, CommandDeps, Options } from "../command.ts";
import { textOf } from "../textOf.ts";
import { UsageError } from "../usageError.ts";

const generatedBytes = 18;

/** Adds a user. Prompts for the password unless it is given or generated. */
export const addUser: Command = {
  words: "user add",
  argument: "NAME",
  summary: "add a user, or set the password of one",
  options: {
    password: { value: "TEXT", description: "the password (default: prompt without echo)" },
    generate: { description: "generate a password and print it" },
    replace: { description: "set the password of an existing user, who keeps their devices" },
  },
  async run(username, options, deps) {
    const password = await choose(options, deps);
    const request = { username, password, replace: options.replace === true };
    const made = await deps.invoke({ addUser: request });
    return { ...Object(made), ...(options.generate === true && { password }) };
  },
};

const choose = async (options: Options, { askPassword }: CommandDeps): Promise<string> => {
  const given = textOf(options.password);
  if (given !== undefined && options.generate === true) {
    throw new UsageError("--password and --generate cannot be combined.");
  }
  if (given !== undefined) return given;
  if (options.generate === true) return randomBytes(generatedBytes).toString("base64url");
  return askPassword();
};
