import { parseArgs } from "node:util";
import { parseWith } from "#shared/input/argumentProblem.ts";
import { closestName } from "#shared/input/closestName.ts";
import type { SizeName } from "../../../infra/sizes.ts";
import { sizes } from "../../../infra/sizes.ts";
import type { Fleet } from "./estimate.ts";
import { regionsMax } from "./templates.ts";

/** A parsed command line of `npm run cost`. */
export interface CostOptions extends Fleet {
  readonly regions: number;
  /** The size of the deployment; that of `cdk.json` if undefined. */
  readonly size: SizeName | undefined;
  readonly json: boolean;
}

/** Range and default of each number. */
export const numberOptions = {
  devices: { min: 0, max: 1e9, usual: 1_000_000, does: "connected devices" },
  interval: { min: 1, max: 31_536_000, usual: 600, does: "seconds between two events of a device" },
  regions: { min: 1, max: regionsMax, usual: 1, does: "regions of the deployment" },
  "target-ms": { min: 0, max: 20_000, usual: 100, does: "time until a target answers" },
  batch: { min: 1, max: 10, usual: 5, does: "events in a batch, on average; AWS decides it" },
  changes: {
    min: 0,
    max: 1e7,
    usual: 1_000,
    does: "changes in a day by people and programs, for the audit log",
  },
  payload: { min: 0, max: 131_072, usual: 218, does: "bytes of data of an event" },
  connects: { min: 0, max: 86_400, usual: 1, does: "connections of a device in a day" },
  updates: { min: 0, max: 366, usual: 0, does: "firmware updates of a device in a year" },
  image: { min: 1, max: 4_096, usual: 512, does: "kB of a firmware image" },
} as const;

type NumberName = keyof typeof numberOptions;

const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;

const known = {
  devices: text,
  interval: text,
  regions: text,
  "target-ms": text,
  batch: text,
  payload: text,
  changes: text,
  connects: text,
  updates: text,
  image: text,
  size: text,
  live: flag,
  "response-body": flag,
  json: flag,
  help: flag,
};

/** Parses the command line. Throws an `Error` with a one-line message. */
export const parseCostOptions = (args: readonly string[]): CostOptions | "help" => {
  const { values } = parseWith(known, () =>
    parseArgs({ args: [...args], options: known, allowPositionals: false }),
  );
  if (values.help) return "help";
  const number = (name: NumberName): number => {
    const given = values[name];
    const { min, max, usual } = numberOptions[name];
    if (given === undefined) return usual;
    const parsed = Number(given);
    if (/^\d+$/.test(given) && parsed >= min && parsed <= max) return parsed;
    throw new Error(
      `--${name} must be a whole number from ${min} to ${max}, not '${given}'. Try --help.`,
    );
  };
  return {
    devices: number("devices"),
    intervalSeconds: number("interval"),
    regions: number("regions"),
    targetMs: number("target-ms"),
    batch: number("batch"),
    payloadBytes: number("payload"),
    changesPerDay: number("changes"),
    connectsPerDay: number("connects"),
    updatesPerYear: number("updates"),
    imageBytes: number("image") * 1_000,
    size: parseSize(values.size),
    live: values.live,
    responseBody: values["response-body"],
    json: values.json,
  };
};

const isSize = (name: string): name is SizeName => Object.hasOwn(sizes, name);

const parseSize = (given: string | undefined): SizeName | undefined => {
  if (given === undefined || isSize(given)) return given;
  const close = closestName(given, Object.keys(sizes));
  const hint = close === undefined ? "" : ` Did you mean '${close}'?`;
  throw new Error(
    `--size accepts ${Object.keys(sizes).join(" or ")}, not '${given}'.${hint} Try --help.`,
  );
};

const rows = Object.entries(numberOptions).map(
  ([name, { usual, does }]) => `  ${`--${name} N`.padEnd(17)}${does} (default ${usual})`,
);

/** The help text. */
export const costHelp = `Estimates the AWS bill of a month of 30 days, at the list prices of us-east-1.

npm run cost -- [options]

${rows.join("\n")}
  --size NAME      ${Object.keys(sizes).join(" or ")} (default: as in cdk.json)
  --live           events are published to topics with live subscribers, not quietly (basic ingest)
  --response-body  targets answer with a body, which becomes a response event
  --json           print JSON
  --help           print this help

Each line has its quantity, unit price, cost and share. Lines that begin with "idle" are counted in the synthesized
templates: they cost the same without devices. Every event matches one integration. Not included: connects and
subscriptions, retries, API requests, calls, event streams, storage, logs, metrics of functions, cold starts, free
tiers, taxes.`;
