import { parseArgs } from "node:util";
import { parseWith } from "#shared/input/argumentProblem.ts";
import { closestName } from "#shared/input/closestName.ts";
import { rateMax, secondsMax, unitsMax } from "./limits.ts";
import { isRepeatable } from "./parts/part.ts";
import { isPartName, type PartName, partNames, parts } from "./parts/parts.ts";

/** A deployment on AWS, or any other cloud that is not on this machine. */
export interface Deployment {
  /** The stack of the API, for example `Godwit-Api-us-east-1`, or the URL of the API. */
  readonly address: { readonly stack: string } | { readonly api: string };
  /** The address under which the deployment reaches the target of this machine, and its port. */
  readonly target: { readonly url: string; readonly port: number } | undefined;
  /** Does not ask whether the price is right. */
  readonly yes: boolean;
}

/** Options of a run. */
export interface Options {
  readonly parts: readonly PartName[];
  readonly rate: number | undefined;
  readonly seconds: number | undefined;
  /** One tenant at 50 times the rate of each of the others. */
  readonly isMad: boolean;
  /** Absent: a cloud on this machine. */
  readonly deployment: Deployment | undefined;
  readonly json: boolean;
}

const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;
const known = {
  rate: text,
  seconds: text,
  mad: flag,
  stack: text,
  api: text,
  "target-url": text,
  "target-port": text,
  yes: flag,
  json: flag,
  help: flag,
};
const portMax = 65_535;

/** Parses the command line. Throws an `Error` with a one-line message. */
export const parseOptions = (args: readonly string[]): Options | "help" => {
  const { values, positionals } = parseWith(known, () =>
    parseArgs({ args: [...args], options: known, allowPositionals: true }),
  );
  if (values.help) return "help";
  const chosen = partsOf(positionals);
  if (chosen.length > 1 && values.rate !== undefined) {
    throw new Error("--rate is for one part: each part has its own default. Try --help.");
  }
  if (values.mad && values.api !== undefined) {
    throw new Error("--mad needs users of its own: name the deployment by --stack. Try --help.");
  }
  const rate = wholeNumber("rate", values.rate, rateMax);
  const seconds = wholeNumber("seconds", values.seconds, secondsMax);
  if (rate !== undefined && seconds !== undefined && rate * seconds > unitsMax) {
    throw new Error(
      `--rate ${rate} for --seconds ${seconds} are ${rate * seconds} units: a run has at most ${unitsMax}. Try --help.`,
    );
  }
  return {
    parts: values.mad ? partsForMad(chosen) : chosen,
    rate,
    seconds,
    isMad: values.mad,
    deployment: deploymentOf(values),
    json: values.json,
  };
};

const partsOf = ([given, unexpected]: readonly string[]): readonly PartName[] => {
  if (given === undefined) throw new Error("missing part. Try --help.");
  if (unexpected !== undefined) throw new Error(`unexpected '${unexpected}'. Try --help.`);
  if (given === "all") return partNames;
  if (isPartName(given)) return [given];
  const close = closestName(given, [...partNames, "all"]);
  const hint = close === undefined ? "" : ` Did you mean '${close}'?`;
  throw new Error(`no part is named '${given}'.${hint} Try --help.`);
};

/** A mad tenant needs units that can be offered twice: alone and beside it. */
const partsForMad = (given: readonly PartName[]): readonly PartName[] => {
  const repeatable = (name: PartName): boolean => isRepeatable(parts[name]);
  const found = given.filter(repeatable);
  if (found.length > 0) return found;
  const names = partNames.filter(repeatable).join(", ");
  throw new Error(`--mad is for ${names}: units of ${given[0]} cannot be repeated. Try --help.`);
};

interface DeploymentValues {
  readonly stack?: string | undefined;
  readonly api?: string | undefined;
  readonly "target-url"?: string | undefined;
  readonly "target-port"?: string | undefined;
  readonly yes: boolean;
}

const deploymentOf = (values: DeploymentValues): Deployment | undefined => {
  const { stack, api, "target-url": url, "target-port": port, yes } = values;
  if (stack !== undefined && api !== undefined) {
    throw new Error("--stack and --api are two ways to name a deployment. Use one of them.");
  }
  if (stack === undefined && api === undefined) {
    const only = ["target-url", "target-port"] as const;
    const misplaced = only.find((name) => values[name] !== undefined) ?? (yes ? "yes" : undefined);
    if (misplaced === undefined) return undefined;
    throw new Error(`--${misplaced} is for a deployment: --stack NAME or --api URL. Try --help.`);
  }
  if ((url === undefined) !== (port === undefined)) {
    throw new Error("--target-url and --target-port belong together. Try --help.");
  }
  const number = wholeNumber("target-port", port, portMax);
  return {
    address: stack === undefined ? { api: httpUrl("api", api ?? "") } : { stack },
    target:
      url === undefined || number === undefined
        ? undefined
        : { url: httpUrl("target-url", url), port: number },
    yes,
  };
};

const httpUrl = (name: string, given: string): string => {
  const url = URL.parse(given);
  if (url !== null && /^https?:$/.test(url.protocol)) return url.href.replace(/\/$/, "");
  throw new Error(`--${name} must be an HTTP URL, not '${given}'. Try --help.`);
};

const wholeNumber = (name: string, given: string | undefined, max: number): number | undefined => {
  if (given === undefined) return undefined;
  const number = Number(given);
  if (/^\d+$/.test(given) && number >= 1 && number <= max) return number;
  throw new Error(`--${name} must be a whole number from 1 to ${max}, not '${given}'. Try --help.`);
};
