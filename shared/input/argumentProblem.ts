import { closestName } from "./closestName.ts";

/**
 * Describes an error of `parseArgs` (node:util) on one line, with the known option that is most
 * similar to an unknown one.
 */
export const argumentProblem = (error: unknown, options: object): string => {
  const message = error instanceof Error ? error.message : String(error);
  const [reason = ""] = message.split(/\.\s|\n/);
  const dashed = /^Option '(?:-\w, )?(--[^' ]+).*is ambiguous/.exec(reason)?.[1];
  if (dashed !== undefined) {
    return `Option '${dashed}' needs a value. Write ${dashed}=VALUE for one that begins with a dash.`;
  }
  const unknown = /^Unknown option '-+([^'=]+)/.exec(reason)?.[1];
  const close = unknown === undefined ? undefined : closestName(unknown, Object.keys(options));
  return `${reason}.${close === undefined ? "" : ` Did you mean '--${close}'?`}`;
};

/** Runs `parseArgs`. Throws an `Error` with a one-line message. */
export const parseWith = <Parsed>(options: object, parse: () => Parsed): Parsed => {
  try {
    return parse();
  } catch (cause) {
    throw new Error(`${argumentProblem(cause, options)} Try --help.`, { cause });
  }
};
