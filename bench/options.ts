import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { parseWith } from "#shared/input/argumentProblem.ts";
import { closestName } from "#shared/input/closestName.ts";
import {
  type CommandName,
  commandNames,
  commands,
  defaults,
  type Numbers,
  numberNames,
  numberOptions,
  quickDefaults,
  ratesDefault,
  ratesMax,
  usesOption,
} from "./commands.ts";
import { rateMax } from "./limits.ts";
import { lossTests } from "./loss/lossTests.ts";
import { type PeerName, peerNames } from "./peer/peers.ts";
import { type ScalePart, scaleParts } from "./scale/parts.ts";
import type { StatePlace } from "./system/cloud.ts";

/** Options of a run. */
export interface Options extends Numbers {
  readonly command: CommandName;
  /** Events per second, in rising order. */
  readonly rates: readonly number[];
  /** State of the cloud. */
  readonly place: StatePlace;
  /** System to compare with, in addition to the bare subscriber. */
  readonly peer: PeerName | undefined;
  /** The numbers of the loss tests. */
  readonly tests: readonly number[];
  /** What \`scale\` measures. */
  readonly of: ScalePart;
  /** Print JSON on standard output and the tables on standard error. */
  readonly json: boolean;
  readonly minutesMax: number;
}

const testNumbers = lossTests.map(({ number }) => number);

const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;

const known = {
  seconds: text,
  rounds: text,
  rate: text,
  "other-rate": text,
  highest: text,
  devices: text,
  integrations: text,
  fleets: text,
  streams: text,
  times: text,
  calls: text,
  connections: text,
  events: text,
  queued: text,
  population: text,
  largest: text,
  of: text,
  rates: text,
  peer: text,
  tests: text,
  data: text,
  memory: flag,
  quick: flag,
  json: flag,
  help: flag,
};

/** Parses the command line. Throws an `Error` with a one-line message. */
export const parseOptions = (args: readonly string[]): Options | "help" => {
  const { values, positionals } = parseWith(known, () =>
    parseArgs({ args: [...args], options: known, allowPositionals: true }),
  );
  if (values.help) return "help";
  const command = commandName(positionals);
  const spec = commands[command];
  for (const name of [...numberNames, "rates", "peer", "tests", "of"] as const) {
    if (values[name] === undefined || usesOption(spec, name)) continue;
    const users = commandNames.filter((one) => usesOption(commands[one], name));
    throw new Error(
      `--${name} is an option of ${users.join(", ")}, not of ${command}. Try --help.`,
    );
  }
  if (values.memory && values.data !== undefined) {
    throw new Error("--memory and --data DIR cannot be combined. Try --help.");
  }
  const given = Object.fromEntries(
    numberNames.flatMap((name) => {
      const value = values[name];
      if (value === undefined) return [];
      return [[name, parseInteger(name, value, numberOptions[name].max)]];
    }),
  );
  const quick = values.quick ? quickDefaults : {};
  return {
    ...defaults,
    ...spec.defaults,
    ...quick,
    ...given,
    command,
    rates: parseRates(values.rates ?? ratesDefault),
    place: placeOf(values),
    peer: parsePeer(values.peer),
    tests: parseTests(values.tests),
    of: parsePart(values.of, command),
    json: values.json,
    minutesMax: spec.minutesMax,
  };
};

const commandName = (positionals: readonly string[]): CommandName => {
  const [given = "rates", unexpected] = positionals;
  if (unexpected !== undefined) throw new Error(`unexpected '${unexpected}'. Try --help.`);
  const found = commandNames.find((name) => name === given);
  if (found !== undefined) return found;
  const close = closestName(given, commandNames);
  const hint = close === undefined ? "" : ` Did you mean '${close}'?`;
  throw new Error(`no command is named '${given}'.${hint} Try --help.`);
};

const placeOf = ({
  data,
  memory,
}: {
  readonly data?: string | undefined;
  readonly memory: boolean;
}): StatePlace => {
  if (memory) return "memory";
  if (data === undefined) return "disk";
  if (data === "") throw new Error("--data needs a folder. Try --help.");
  return { folder: resolve(data) };
};

const parseRates = (given: string): number[] => {
  const rates = given.split(",").map((one) => parseInteger("rates", one, rateMax));
  if (rates.length > ratesMax) throw new Error(`--rates accepts at most ${ratesMax} rates`);
  return [...new Set(rates)].toSorted((a, b) => a - b);
};

const parsePeer = (given: string | undefined): PeerName | undefined => {
  const found = peerNames.find((name) => name === given);
  if (given === undefined || found !== undefined) return found;
  throw new Error(`--peer accepts ${peerNames.join(" or ")}, not '${given}'. Try --help.`);
};

const parsePart = (given: string | undefined, command: CommandName): ScalePart => {
  const found = scaleParts.find((part) => part === given);
  if (found !== undefined) return found;
  // Only \`scale\` uses it.
  if (given === undefined && command !== "scale") return "devices";
  const wanted = `--of ${scaleParts.join("|")}`;
  if (given === undefined) throw new Error(`scale needs ${wanted}. Try --help.`);
  const close = closestName(given, scaleParts);
  const hint = close === undefined ? "" : ` Did you mean '${close}'?`;
  throw new Error(`scale needs ${wanted}, not '${given}'.${hint} Try --help.`);
};

const parseTests = (given: string | undefined): number[] => {
  const numbers = given === undefined ? testNumbers : given.split(",").map(Number);
  if (numbers.every((number) => testNumbers.includes(number))) {
    return [...new Set(numbers)].toSorted((a, b) => a - b);
  }
  throw new Error(
    `--tests accepts numbers from 1 to ${testNumbers.length}, not '${given}'. Try --help.`,
  );
};

const parseInteger = (name: string, given: string, max: number): number => {
  const number = Number(given);
  if (/^\d+$/.test(given) && number >= 1 && number <= max) return number;
  throw new Error(`--${name} must be a whole number from 1 to ${max}, not '${given}'. Try --help.`);
};
