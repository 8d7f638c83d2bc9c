import { rateMax } from "./limits.ts";

/** Options whose value is a whole number of at least 1. */
export const numberNames = [
  "seconds",
  "rounds",
  "rate",
  "other-rate",
  "highest",
  "devices",
  "integrations",
  "fleets",
  "streams",
  "times",
  "calls",
  "connections",
  "events",
  "queued",
  "population",
  "largest",
] as const;

export type NumberName = (typeof numberNames)[number];
export type Numbers = Readonly<Record<NumberName, number>>;

/** Maximum and description of each number option. */
export const numberOptions: Readonly<
  Record<NumberName, { readonly max: number; readonly does: string }>
> = {
  seconds: { max: 600, does: "duration of a round; scale: no further number begins after it" },
  rounds: { max: 9, does: "rounds of each measurement; the report shows medians" },
  rate: { max: rateMax, does: "events per second" },
  "other-rate": { max: rateMax, does: "events per second for the two failing targets together" },
  highest: { max: rateMax, does: "highest steady rate; without it, the command searches for it" },
  devices: { max: 900, does: "devices in the case with many devices" },
  integrations: { max: 100, does: "integrations in the case with many integrations" },
  fleets: { max: 1_000, does: "fleets in the case with many fleets" },
  streams: { max: 20, does: "open event streams, after five that are not measured" },
  times: { max: 400, does: "repetitions of each operation, after as many that are not measured" },
  calls: { max: 10_000, does: "function calls, one after the other" },
  connections: { max: 20_000, does: "connected devices; console: devices of the fleet" },
  events: { max: 100_000, does: "undelivered events at the first kill" },
  queued: { max: 200_000, does: "queued events at the second kill" },
  population: { max: 1e8, does: "devices of the model" },
  largest: { max: 1e6, does: "the largest number that is measured" },
};

export const defaults: Numbers = {
  seconds: 10,
  rounds: 3,
  rate: 200,
  "other-rate": 500,
  highest: 0,
  devices: 500,
  integrations: 100,
  fleets: 1_000,
  streams: 20,
  times: 200,
  calls: 500,
  connections: 10_000,
  events: 8_000,
  queued: 100_000,
  population: 10_000_000,
  largest: 1_000_000,
};

/** Values with `--quick`: they check that a measurement works, not how fast the system is. */
export const quickDefaults: Partial<Numbers> = {
  seconds: 3,
  rounds: 1,
  devices: 50,
  integrations: 20,
  fleets: 10,
  streams: 5,
  times: 10,
  calls: 100,
  connections: 200,
  events: 500,
  queued: 1_000,
  population: 100_000,
  largest: 1_000,
};

export interface Command {
  readonly does: string;
  readonly numbers: readonly NumberName[];
  readonly others: readonly ("rates" | "peer" | "tests" | "of")[];
  readonly defaults?: Partial<Numbers>;
  /** The benchmark ends with an error after this time. */
  readonly minutesMax: number;
}

export const commandNames = [
  "rates",
  "matrix",
  "highest",
  "overload",
  "memory",
  "operations",
  "connections",
  "restart",
  "isolation",
  "stream",
  "calls",
  "console",
  "cost",
  "loss",
  "scale",
  "scale-model",
] as const;

export type CommandName = (typeof commandNames)[number];

export const commands: Readonly<Record<CommandName, Command>> = {
  rates: {
    does: "processor time per event, latency and memory at several rates (default command)",
    numbers: ["seconds", "rounds"],
    others: ["rates", "peer"],
    defaults: { seconds: 6 },
    minutesMax: 15,
  },
  matrix: {
    does: "one factor at a time: state, response body, devices, integrations, fleets, an open event stream",
    numbers: ["rate", "seconds", "rounds", "devices", "integrations", "fleets"],
    others: [],
    defaults: { seconds: 5 },
    minutesMax: 30,
  },
  highest: {
    does: "highest steady rate",
    numbers: ["seconds", "rate"],
    others: ["peer"],
    defaults: { seconds: 6 },
    minutesMax: 20,
  },
  overload: {
    does: "twice the highest steady rate: acknowledged rate, memory, recovery, lost events",
    numbers: ["highest", "seconds"],
    others: ["peer"],
    defaults: { seconds: 60 },
    minutesMax: 30,
  },
  memory: {
    does: "memory when idle, under load, and per open event stream",
    numbers: ["rate", "seconds", "streams"],
    others: [],
    defaults: { seconds: 20 },
    minutesMax: 15,
  },
  operations: {
    does: "processor time of a connect and disconnect, and of an API call that creates an integration",
    numbers: ["times"],
    others: [],
    minutesMax: 15,
  },
  connections: {
    does: "connected idle devices: cores, and memory per device",
    numbers: ["connections", "seconds"],
    others: [],
    defaults: { seconds: 30 },
    minutesMax: 30,
  },
  restart: {
    does: "start to ready; kill -9 with undelivered events; kill -9 with a long queue",
    numbers: ["events", "queued", "rounds"],
    others: [],
    minutesMax: 30,
  },
  isolation: {
    does: "a healthy target alone, and beside one that hangs and one that refuses connections",
    numbers: ["rate", "other-rate", "seconds"],
    others: [],
    defaults: { rate: 50, seconds: 30 },
    minutesMax: 15,
  },
  stream: {
    does: "latency of an event stream",
    numbers: ["rate", "seconds", "rounds"],
    others: [],
    minutesMax: 15,
  },
  calls: {
    does: "latency and cost of function calls",
    numbers: ["calls"],
    others: [],
    minutesMax: 15,
  },
  console: {
    does: "the console in a browser: frames, memory and first load with a large fleet and many events",
    numbers: ["rate", "seconds", "connections"],
    others: [],
    defaults: { rate: 500, seconds: 60 },
    minutesMax: 45,
  },
  cost: {
    does: "billable operations multiplied by AWS's list prices, and the sizes of the bundles",
    numbers: ["rate", "seconds"],
    others: [],
    defaults: { rate: 1_000 },
    minutesMax: 15,
  },
  loss: {
    does: "acknowledged events that never arrive, in five failures",
    numbers: [],
    others: ["tests", "peer"],
    minutesMax: 240,
  },
  scale: {
    does: "devices, integrations, queued events, dead letters or usage: time and memory of one, by their number",
    numbers: ["largest", "seconds"],
    others: ["of"],
    defaults: { seconds: 600 },
    minutesMax: 30,
  },
  "scale-model": {
    does: "calculates the quotas, hot keys, cells and bill of a number of devices on AWS",
    numbers: ["population"],
    others: [],
    minutesMax: 15,
  },
};

export const ratesDefault = "20,100,200,1000";
export const ratesMax = 6;

/** Whether a command accepts an option. */
export const usesOption = ({ numbers, others }: Command, name: string): boolean =>
  [...numbers, ...others].some((one) => one === name);
