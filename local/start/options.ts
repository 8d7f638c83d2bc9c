import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { argumentProblem } from "#shared/input/argumentProblem.ts";
import { type Durability, durability } from "../journal/durability.ts";
import type { LogFormat } from "../platform/log.ts";
import { StartError } from "./startError.ts";

export type WireKind = "port" | "http";

/** The sizes of a deployment: the setting `size`. */
export const sizeNames = ["starter", "standard"] as const;

export type SizeName = (typeof sizeNames)[number];

/** The quota of concurrent executions of the account that a size is for. */
export const executionsOf: Readonly<Record<SizeName, number>> = { starter: 10, standard: 1_000 };

/** How long a batch window may wait on a quiet queue: for its own time, or up to 20 s as on AWS. */
export type QuietQueueWait = "window" | "aws";

export interface Options {
  /** The persistent state folder. Without it, state is in a new temporary folder. */
  readonly data: string | undefined;
  /**
   * When a change counts as stored: after the write (`process`) or when the disk has it (`power`).
   */
  readonly durability?: Durability;
  /** Moves damaged files of the state folder aside and continues with the rest. */
  readonly repair?: boolean;
  /** 0 selects any free port. */
  readonly apiPort: number;
  /** The regions to run. Without this, the first region of cdk.json. */
  readonly regions?: readonly string[] | undefined;
  /** The size of the deployment. Default: `standard`. */
  readonly size?: SizeName;
  /** Maximum number of clients that may connect to a region's broker per second. */
  readonly connectsPerSecond?: number | undefined;
  readonly mqttPort: number;
  /** Whether to run the demo device and the demo webhook. */
  readonly demo: boolean;
  /** Whether the canary of each region runs. Default: false. */
  readonly canary?: boolean;
  /** Whether anyone may sign up, as with the setting `openSignUp` of a deployment. */
  readonly openSignUp?: boolean;
  readonly log: LogFormat;
  /** How requests of functions reach the services: over a message port (default) or HTTP. */
  readonly wire?: WireKind;
  /**
   * Validity of new certificates in days, as with the setting `certificateDays`; 0 means they never
   * expire.
   */
  readonly certificateDays?: number | undefined;
  /** Lifetime of an event stream. Without this, as in a deployment. */
  readonly streamSeconds?: number | undefined;
  /** How long a batch window may wait on a quiet queue; default: `window`. */
  readonly quietQueueWait?: QuietQueueWait | undefined;
  /** The URL that watchers post pages to, in the format of Alertmanager. */
  readonly pageReceiver?: string | undefined;
}

export const help = `Runs the whole cloud on this machine. All servers listen on 127.0.0.1 only.

npm start -- [--regions A,B] [--size SIZE] [--data DIR] [--api-port N] [--mqtt-port N]
             [--no-demo] [--canary] [--open-sign-up] [--connects-per-second N]
             [--log text|json] [--certificate-days N] [--wire port|http] [--durability process|power]
             [--stream-seconds N] [--quiet-queue-wait window|aws]
             [--page-receiver URL]

  --regions A,B   AWS regions to run, each with all services and replicated tables
                  (default: the first region of cdk.json; maximum 4)
  --size SIZE     standard (default), because this machine has no quota of executions; or
                  starter: the size of a new AWS account, with its 10 concurrent executions
  --data DIR      store state in DIR and continue from the state in it
                  (default: a new temporary folder, queues and tables in memory)
  --durability LEVEL
                  what acknowledged data in DIR survives. power (default): also a power failure,
                  because the disk confirms each write; process: only the end of the process,
                  with less delay
  --repair        move damaged files of DIR to DIR/damaged-TIME and continue with the rest
                  (without this option, damage stops the start and nothing changes)
  --api-port N    port of the HTTP API (default 8080; 0: any free port)
  --mqtt-port N   port of MQTT over TLS (default 8883; 0: any free port);
                  further regions use the next ports
  --no-demo       do not run the demo device and the demo webhook
  --canary        also run the canary, which uses each region once a minute as a customer does, and
                  its alarms (150 MB for the functions that it uses)
  --open-sign-up  allow anyone who reaches the API to create a user
  --connects-per-second N
                  maximum rate of connections to a region's broker (default 500)
  --log FORMAT    text: one line per entry (default); json: one object per line, with stack traces
  --certificate-days N
                  validity of new device certificates in days (default: as in cdk.json)
  --wire KIND     port: requests of functions to the services do not use the network (default);
                  http: they do, as on AWS, which takes more processor time
  --stream-seconds N
                  lifetime of an event stream, from 1 to 90 (default: 90, as in a deployment)
  --quiet-queue-wait MODE
                  window: a batch window waits for its own time (default); aws: up to 20 seconds on
                  a queue with few messages, however short the window is, as Lambda may do
  --page-receiver URL
                  the watchers post pages to this URL, in the format of Alertmanager
                  (default: to the receivers of cdk.json)
  --help          show this help

When all endpoints answer, one line of JSON is written to standard output. Logs go to standard error.
The line has a control URL for each region, which drills use to stop, slow down and break services:
docs/control.md.`;

/** Parses the command line. Fails with a `StartError` on an unknown option or an invalid value. */
export const parseOptions = (args: readonly string[]): Options | "help" => {
  const values = parse(args);
  if (values.help) return "help";
  if (values.durability !== undefined && values.data === undefined) {
    throw new StartError(
      "--durability needs --data DIR, the folder to store state in. Try --help.",
    );
  }
  if (values.repair && values.data === undefined) {
    throw new StartError("--repair needs --data DIR, the folder to repair. Try --help.");
  }
  const regions = values.regions === undefined ? undefined : regionNames(values.regions);
  const apiPort = port("--api-port", values["api-port"]);
  const mqttPort = port("--mqtt-port", values["mqtt-port"]);
  checkPortRanges({ apiPort, mqttPort, count: regions?.length ?? 1 });
  return {
    data: values.data === undefined ? undefined : folder(values.data),
    regions,
    ...(values.size !== undefined && { size: sizeOption(values.size) }),
    connectsPerSecond: rate(values["connects-per-second"]),
    apiPort,
    mqttPort,
    demo: !values["no-demo"],
    canary: values.canary,
    ...(values.durability !== undefined && { durability: durabilityLevel(values.durability) }),
    ...(values.repair && { repair: true }),
    openSignUp: values["open-sign-up"],
    log: logFormat(values.log),
    wire: wireKind(values.wire),
    certificateDays: days(values["certificate-days"]),
    streamSeconds: streamLife(values["stream-seconds"]),
    quietQueueWait: quietWait(values["quiet-queue-wait"]),
    pageReceiver: receiver(values["page-receiver"]),
  };
};

const known = {
  data: { type: "string" },
  durability: { type: "string" },
  regions: { type: "string" },
  size: { type: "string" },
  "connects-per-second": { type: "string" },
  "api-port": { type: "string", default: "8080" },
  "mqtt-port": { type: "string", default: "8883" },
  repair: { type: "boolean", default: false },
  "no-demo": { type: "boolean", default: false },
  canary: { type: "boolean", default: false },
  "certificate-days": { type: "string" },
  "stream-seconds": { type: "string" },
  "quiet-queue-wait": { type: "string" },
  "page-receiver": { type: "string" },
  "open-sign-up": { type: "boolean", default: false },
  log: { type: "string", default: "text" },
  wire: { type: "string", default: "port" },
  help: { type: "boolean", default: false },
} as const;

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: known }).values;
  } catch (cause) {
    throw new StartError(`${argumentProblem(cause, known)} Try --help.`, { cause });
  }
};

const folder = (given: string): string => {
  if (given === "") throw new StartError("--data needs a folder. Try --help.");
  return resolve(given);
};

/** Each region takes a few hundred megabytes. */
const regionsMax = 4;

const regionNames = (given: string): string[] => {
  const names = given.split(",");
  const isRegion = names.every((name) => /^[a-z]{2}(-[a-z]+)+-\d$/.test(name));
  const isValid = isRegion && new Set(names).size === names.length && names.length <= regionsMax;
  if (isValid) return names;
  throw new StartError(`--regions takes 1 to ${regionsMax} different AWS regions. Try --help.`);
};

const sizeOption = (given: string): SizeName => {
  const name = sizeNames.find((one) => one === given);
  if (name !== undefined) return name;
  throw new StartError(`--size takes ${sizeNames.join(" or ")}, not '${given}'. Try --help.`);
};

const rate = (given: string | undefined): number | undefined => {
  if (given === undefined) return undefined;
  if (/^[1-9]\d{0,6}$/.test(given)) return Number(given);
  throw new StartError(`--connects-per-second must be a number, not '${given}'. Try --help.`);
};

const durabilityLevel = (given: string): Durability => {
  const level = durability.safeParse(given);
  if (level.success) return level.data;
  throw new StartError(`--durability takes process or power, not '${given}'. Try --help.`);
};

const logFormat = (given: string): LogFormat => {
  if (given === "text" || given === "json") return given;
  throw new StartError(`--log takes text or json, not '${given}'. Try --help.`);
};

const wireKind = (given: string): WireKind => {
  if (given === "port" || given === "http") return given;
  throw new StartError(`--wire takes port or http, not '${given}'. Try --help.`);
};

const days = (given: string | undefined): number | undefined => {
  if (given === undefined) return undefined;
  if (/^\d{1,4}$/.test(given)) return Number(given);
  throw new StartError(`--certificate-days must be a number of days, not '${given}'. Try --help.`);
};

const streamSecondsMax = 90;

const streamLife = (given: string | undefined): number | undefined => {
  if (given === undefined) return undefined;
  const seconds = Number(given);
  if (/^\d+$/.test(given) && seconds >= 1 && seconds <= streamSecondsMax) return seconds;
  throw new StartError(
    `--stream-seconds takes 1 to ${streamSecondsMax} seconds, not '${given}'. Try --help.`,
  );
};

const quietWait = (given: string | undefined): QuietQueueWait | undefined => {
  if (given === undefined || given === "window" || given === "aws") return given;
  throw new StartError(`--quiet-queue-wait takes window or aws, not '${given}'. Try --help.`);
};

/** A deployment refuses other URLs as well. */
const isReceiver = (given: string): boolean => {
  if (!URL.canParse(given)) return false;
  const { protocol, hostname, username } = new URL(given);
  return (
    username === "" && (protocol === "https:" || (protocol === "http:" && hostname === "127.0.0.1"))
  );
};

const receiver = (given: string | undefined): string | undefined => {
  if (given === undefined || isReceiver(given)) return given;
  throw new StartError(
    `--page-receiver takes an https URL, or an http URL of 127.0.0.1, not '${given}'. Try --help.`,
  );
};

const portMax = 65_535;

const port = (name: string, given: string): number => {
  const number = Number(given);
  if (/^\d+$/.test(given) && number <= portMax) return number;
  throw new StartError(`${name} must be a port number, not '${given}'. Try --help.`);
};

/** Checks that the port ranges do not overlap: each further region uses the next port. */
const checkPortRanges = (given: { apiPort: number; mqttPort: number; count: number }): void => {
  const { apiPort, mqttPort, count } = given;
  const range = (name: string, first: number): string =>
    count === 1 ? `${name} uses ${first}` : `${name} uses ${first} to ${first + count - 1}`;
  for (const [name, first] of [
    ["--api-port", apiPort],
    ["--mqtt-port", mqttPort],
  ] as const) {
    if (first !== 0 && first + count - 1 > portMax) {
      throw new StartError(
        `${name} ${first} is too high for ${count} regions: each region uses the next port, and ${portMax} is the last port. Choose a lower port.`,
      );
    }
  }
  if (apiPort === 0 || mqttPort === 0 || Math.abs(apiPort - mqttPort) >= count) return;
  const distance = count === 1 ? "two different ports" : `ports at least ${count} apart`;
  throw new StartError(
    `--api-port and --mqtt-port overlap: with ${count === 1 ? "one region" : `${count} regions`}, ${range("--api-port", apiPort)} and ${range("--mqtt-port", mqttPort)}. Choose ${distance}, or 0 for any free port.`,
  );
};
