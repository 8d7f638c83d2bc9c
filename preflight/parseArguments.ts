import { type ParseArgsConfig, parseArgs } from "node:util";
import { parseWith } from "#shared/input/argumentProblem.ts";
import { closestName } from "#shared/input/closestName.ts";
import { UsageError } from "../admin/usageError.ts";
import type { Load } from "./check.ts";

/** A parsed command line of `npm run preflight`. */
export interface Request {
  /** Context values for the CDK, for example `size=standard`. */
  readonly context: readonly string[];
  readonly profile: string | undefined;
  readonly load: Load;
  readonly json: boolean;
}

const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;

const known = {
  context: { ...text, short: "c", multiple: true },
  profile: text,
  devices: text,
  interval: text,
  json: flag,
  help: flag,
} satisfies NonNullable<ParseArgsConfig["options"]>;

const devicesMax = 1e9;
const intervalSecondsMax = 31_536_000;
const intervalSecondsDefault = 600;

/** Parses the command line. Throws an `Error` with a one-line message. */
export const parseArguments = (args: readonly string[]): Request | "help" => {
  const { values } = parseWith(known, () =>
    parseArgs({ args: [...args], options: known, allowPositionals: false }),
  );
  if (values.help) return "help";
  if (values.interval !== undefined && values.devices === undefined) {
    throw new UsageError("--interval needs --devices N. Try --help.");
  }
  const devices = integer("devices", values.devices, devicesMax);
  const interval =
    integer("interval", values.interval, intervalSecondsMax) ?? intervalSecondsDefault;
  const eventsPerSecond = devices === undefined ? undefined : devices / interval;
  return {
    context: (values.context ?? []).map(contextValue),
    profile: values.profile,
    load: { devices, eventsPerSecond },
    json: values.json,
  };
};

const integer = (name: string, given: string | undefined, max: number): number | undefined => {
  if (given === undefined) return undefined;
  const number = Number(given);
  if (/^\d+$/.test(given) && number >= 1 && number <= max) return number;
  throw new UsageError(
    `--${name} must be a whole number from 1 to ${max}, not '${given}'. Try --help.`,
  );
};

const contextValue = (given: string): string => {
  if (/^[^=]+=/.test(given)) return given;
  throw new UsageError(`--context must be like size=standard, not '${given}'. Try --help.`);
};

/** A parsed command line of `npm run deploy`. */
export interface DeployRequest {
  readonly context: readonly string[];
  readonly profile: string | undefined;
  /** Deploy although a check has failed. */
  readonly ignorePreflight: boolean;
  /** Mute the alarms while the stacks are updated. */
  readonly mute: boolean;
  /** Arguments for `cdk deploy`. */
  readonly cdk: readonly string[];
}

const ignore = "--ignore-preflight";
const noMute = "--no-mute";

/** Options of the CDK that select other templates than those that the checks read. */
const refused = new Map([
  ["-a", "The templates come from infra/app.ts"],
  ["--app", "The templates come from infra/app.ts"],
  ["-o", "The templates are written to a temporary folder"],
  ["--output", "The templates are written to a temporary folder"],
]);

/**
 * Splits the command line of `npm run deploy`: context values and the profile are used by the
 * checks as well; everything unknown is for `cdk deploy`.
 */
export const parseDeployArguments = (args: readonly string[]): DeployRequest | "help" => {
  const context: string[] = [];
  const cdk: string[] = [];
  let profile: string | undefined;
  let ignorePreflight = false;
  let mute = true;
  for (let i = 0; i < args.length; i += 1) {
    const [name = "", ...rest] = (args[i] ?? "").split("=");
    const takeValue = (): string => {
      if (rest.length > 0) return rest.join("=");
      i += 1;
      const value = args[i];
      if (value === undefined) throw new UsageError(`${name} needs a value. Try --help.`);
      return value;
    };
    if (name === "--help" || name === "-h") return "help";
    const reason = refused.get(name);
    if (reason !== undefined) throw new UsageError(`${name} cannot be given. ${reason}.`);
    if (name === ignore) ignorePreflight = true;
    else if (name === noMute) mute = false;
    else if (name === "-c" || name === "--context") context.push(contextValue(takeValue()));
    else if (name === "--profile") profile = takeValue();
    else cdk.push(checked(args[i] ?? ""));
  }
  return { context, profile, ignorePreflight, mute, cdk };
};

/** `cdk` ignores unknown options, so that a misspelled one would have no effect. */
const checked = (given: string): string => {
  const [name = ""] = given.split("=");
  const own = [ignore, noMute, "--context", "--profile"];
  const close = name.startsWith("--") ? closestName(name, own) : undefined;
  if (close === undefined) return given;
  throw new UsageError(`There is no option ${name}. Did you mean ${close}? Try --help.`);
};
