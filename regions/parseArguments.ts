import { parseArgs } from "node:util";
import { parseWith } from "#shared/input/argumentProblem.ts";
import { closestName } from "#shared/input/closestName.ts";
import { UsageError } from "../admin/usageError.ts";

const changes = ["add", "remove", "adopt"] as const;

/** A parsed command line of `npm run regions`. */
export interface Request {
  readonly change: (typeof changes)[number];
  readonly region: string;
  readonly profile: string | undefined;
  /** Prints the plan, and changes nothing. */
  readonly plan: boolean;
  /** Performs the plan without a question. */
  readonly yes: boolean;
  /** Closes a region although devices are connected. */
  readonly disconnectDevices: boolean;
  /** Removes a region although messages or waiting deliveries are left. */
  readonly abandonWork: boolean;
}

const known = {
  profile: { type: "string" },
  plan: { type: "boolean", default: false },
  yes: { type: "boolean", default: false },
  "disconnect-devices": { type: "boolean", default: false },
  "abandon-work": { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** Parses the command line. Throws an `Error` with a one-line message. */
export const parseArguments = (args: readonly string[]): Request | "help" => {
  const { values, positionals } = parseWith(known, () =>
    parseArgs({ args: [...args], options: known, allowPositionals: true }),
  );
  const [word, region, ...others] = positionals;
  if (values.help || word === undefined) return "help";
  const change = changes.find((each) => each === word);
  if (change === undefined) {
    const close = closestName(word, changes);
    const meant = close === undefined ? "" : ` Did you mean '${close}'?`;
    throw new UsageError(`There is no command '${word}'.${meant} Try --help.`);
  }
  if (region === undefined) throw new UsageError(`${change} needs the name of a region.`);
  if (others.length > 0) throw new UsageError(`${change} takes one region.`);
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) {
    throw new UsageError(`'${region}' is no AWS region. Example: eu-west-1.`);
  }
  const [disconnectDevices, abandonWork] = [values["disconnect-devices"], values["abandon-work"]];
  if (change !== "remove" && (disconnectDevices || abandonWork)) {
    throw new UsageError("--disconnect-devices and --abandon-work are for remove.");
  }
  const { profile, plan, yes } = values;
  return { change, region, profile, plan, yes, disconnectDevices, abandonWork };
};
