import { randomBytes } from "node:crypto";
import type { Command, CommandDeps, Options } from "../command.ts";
import { textOf } from "../textOf.ts";
import { UsageError } from "../usageError.ts";

const generatedBytes = 18;

/** Makes a user. The password is asked for, unless it is given or made up. */
export const addUser: Command = {
  words: "user add",
  argument: "NAME",
  summary: "add a user, or give one another password",
  options: {
    password: { value: "TEXT", says: "the password (default: asked for, and not shown)" },
    generate: { says: "make a password up and print it" },
    replace: { says: "give an existing user the password; they keep their devices" },
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
    throw new UsageError("--password and --generate exclude each other.");
  }
  if (given !== undefined) return given;
  if (options.generate === true) return randomBytes(generatedBytes).toString("base64url");
  return askPassword();
};
