import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { LogFormat } from "../platform/log.ts";
import { StartError } from "./startError.ts";

export interface Options {
  /** Where to keep state over restarts. Without it state lies in a fresh temporary folder. */
  readonly data: string | undefined;
  /** Puts what is damaged in the folder aside, and goes on with what can be read. */
  readonly repair?: boolean;
  /** 0 is any free port. */
  readonly apiPort: number;
  /** The first of them is where one region would be. Without them it is the first of cdk.json. */
  readonly regions?: readonly string[] | undefined;
  /** How many clients may connect to a region's broker in a second. */
  readonly connectsPerSecond?: number | undefined;
  readonly mqttPort: number;
  /** Whether a demo device publishes and a demo webhook shows what it received. */
  readonly demo: boolean;
  /** Whether everybody may make themselves a user, as with the setting `openSignUp` of a deployment. */
  readonly openSignUp?: boolean;
  readonly log: LogFormat;
  /** For how many days a new certificate is valid, as with the setting `certificateDays`; 0: it does not expire. */
  readonly certificateDays?: number | undefined;
}

export const help = `Runs the whole cloud on this machine, on 127.0.0.1 only.

npm start -- [--regions A,B] [--data DIR] [--api-port N] [--mqtt-port N] [--no-demo]
             [--open-sign-up] [--connects-per-second N] [--log text|json]
             [--certificate-days N]

  --regions A,B   run these regions of AWS, each whole, with replicated tables
                  (default: one, the first of cdk.json; at most 4)
  --data DIR      keep state in DIR, and go on from what is there
                  (default: a fresh temporary folder, queues and tables in memory)
  --repair        when something in DIR is damaged: put it aside, in DIR/damaged-TIME, and go
                  on with what can be read (without this, nothing starts and nothing changes)
  --api-port N    where the HTTP API listens (default 8080; 0: any free port)
  --mqtt-port N   where MQTT over TLS listens (default 8883; 0: any free port)
  --no-demo       without the device that publishes and the webhook that shows what came
                  further regions listen on the ports after these
  --open-sign-up  lets everybody who reaches the API make themselves a user
  --connects-per-second N
                  how many clients may connect to a region's broker in a second (default 500)
  --log FORMAT    text: one line an entry, for people (default); json: one object a line, with stacks
  --certificate-days N
                  new certificates of devices are valid for N days (default: that of cdk.json)
  --help          show this

When everything answers, one line of JSON goes to standard output; logs go to standard error. For each
region it has a control URL, by which drills stop, slow down and break its services: docs/control.md.`;

/** Reads the command line. Fails with a `StartError` on anything that it does not know. */
export const parseOptions = (args: readonly string[]): Options | "help" => {
  const values = parse(args);
  if (values.help) return "help";
  if (values.repair && values.data === undefined) {
    throw new StartError("--repair needs --data DIR, the folder to repair. Try --help.");
  }
  const regions = values.regions === undefined ? undefined : regionNames(values.regions);
  const apiPort = port("--api-port", values["api-port"]);
  const mqttPort = port("--mqtt-port", values["mqtt-port"]);
  expectApart({ apiPort, mqttPort, count: regions?.length ?? 1 });
  return {
    data: values.data === undefined ? undefined : folder(values.data),
    regions,
    connectsPerSecond: rate(values["connects-per-second"]),
    apiPort,
    mqttPort,
    demo: !values["no-demo"],
    ...(values.repair && { repair: true }),
    openSignUp: values["open-sign-up"],
    log: logFormat(values.log),
    certificateDays: days(values["certificate-days"]),
  };
};

const parse = (args: readonly string[]) => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        data: { type: "string" },
        regions: { type: "string" },
        "connects-per-second": { type: "string" },
        "api-port": { type: "string", default: "8080" },
        "mqtt-port": { type: "string", default: "8883" },
        repair: { type: "boolean", default: false },
        "no-demo": { type: "boolean", default: false },
        "certificate-days": { type: "string" },
        "open-sign-up": { type: "boolean", default: false },
        log: { type: "string", default: "text" },
        help: { type: "boolean", default: false },
      },
    });
    return values;
  } catch (cause) {
    const [reason = ""] = (cause instanceof Error ? cause.message : String(cause)).split(/\.\s|\n/);
    throw new StartError(`${reason}. Try --help.`, { cause });
  }
};

const folder = (given: string): string => {
  if (given === "") throw new StartError("--data needs a folder. Try --help.");
  return resolve(given);
};

/** Each takes some hundred megabytes. */
const regionsMax = 4;

const regionNames = (given: string): string[] => {
  const names = given.split(",");
  const isRegion = names.every((name) => /^[a-z]{2}(-[a-z]+)+-\d$/.test(name));
  const isFine = isRegion && new Set(names).size === names.length && names.length <= regionsMax;
  if (isFine) return names;
  throw new StartError(`--regions takes 1 to ${regionsMax} regions of AWS, each once. Try --help.`);
};

const rate = (given: string | undefined): number | undefined => {
  if (given === undefined) return undefined;
  if (/^[1-9]\d{0,6}$/.test(given)) return Number(given);
  throw new StartError(`--connects-per-second must be a number, not '${given}'. Try --help.`);
};

const logFormat = (given: string): LogFormat => {
  if (given === "text" || given === "json") return given;
  throw new StartError(`--log takes text or json, not '${given}'. Try --help.`);
};

const days = (given: string | undefined): number | undefined => {
  if (given === undefined) return undefined;
  if (/^\d{1,4}$/.test(given)) return Number(given);
  throw new StartError(`--certificate-days must be a number of days, not '${given}'. Try --help.`);
};

const portMax = 65_535;

const port = (name: string, given: string): number => {
  const number = Number(given);
  if (/^\d+$/.test(given) && number <= portMax) return number;
  throw new StartError(`${name} must be a port number, not '${given}'. Try --help.`);
};

/** The ports that all regions take: each region the one after that of the region before. */
const expectApart = (given: { apiPort: number; mqttPort: number; count: number }): void => {
  const { apiPort, mqttPort, count } = given;
  const taken = (name: string, first: number): string =>
    count === 1 ? `${name} takes ${first}` : `${name} takes ${first} to ${first + count - 1}`;
  for (const [name, first] of [
    ["--api-port", apiPort],
    ["--mqtt-port", mqttPort],
  ] as const) {
    if (first !== 0 && first + count - 1 > portMax) {
      throw new StartError(
        `${name} ${first} leaves no port for each of ${count} regions: each takes the port after that of the one before, and ${portMax} is the last. Give a smaller one.`,
      );
    }
  }
  if (apiPort === 0 || mqttPort === 0 || Math.abs(apiPort - mqttPort) >= count) return;
  const distance = count === 1 ? "two different ports" : `ports that are at least ${count} apart`;
  throw new StartError(
    `--api-port and --mqtt-port overlap: with ${count === 1 ? "one region" : `${count} regions`}, ${taken("--api-port", apiPort)} and ${taken("--mqtt-port", mqttPort)}. Give ${distance}, or 0 for any free port.`,
  );
};
