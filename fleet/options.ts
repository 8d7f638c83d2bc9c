import { parseArgs } from "node:util";
import { parseWith } from "#shared/input/argumentProblem.ts";
import { closestName } from "#shared/input/closestName.ts";
import { type Fault, faultNames, faults } from "./faults.ts";
import {
  badPercentDefault,
  daySecondsDefault,
  daySecondsMax,
  devicesDefault,
  devicesMax,
  failureCountDefault,
  failurePercentDefault,
  imageKilobytesDefault,
  imageKilobytesMax,
  intervalSecondsDefault,
  intervalSecondsMax,
  minutesDefault,
  minutesMax,
  seedMax,
  soakSecondsDefault,
  soakSecondsMax,
  warmUpSecondsDefault,
  warmUpSecondsMax,
  wavesMax,
} from "./limits.ts";

/** Options of a run. */
export interface Options {
  readonly devices: number;
  /** Share of the devices that fail, in percent. */
  readonly badPercent: number;
  readonly faults: readonly Fault[];
  /** The fault of every device that runs the new image; absent for a good image. */
  readonly imageFault: Fault | undefined;
  /** Cumulative percentages. */
  readonly waves: readonly number[];
  readonly soakSeconds: number;
  readonly rollback: "slot" | "none";
  /** The release halts if both are exceeded. */
  readonly failureCount: number;
  readonly failurePercent: number;
  readonly warmUpSeconds: number;
  readonly intervalSeconds: number;
  readonly daySeconds: number;
  readonly imageKilobytes: number;
  readonly minutes: number;
  readonly seed: number;
  readonly cloud: GivenCloud | undefined;
  readonly json: boolean;
}

/** A cloud that runs already. */
export interface GivenCloud {
  readonly api: string;
  readonly mqtt: string;
  /** State folder. */
  readonly state: string;
}

const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;

const known = {
  devices: text,
  bad: text,
  faults: text,
  "image-fault": text,
  waves: text,
  soak: text,
  rollback: text,
  "failure-count": text,
  "failure-percent": text,
  "warm-up": text,
  interval: text,
  day: text,
  image: text,
  minutes: text,
  seed: text,
  api: text,
  mqtt: text,
  state: text,
  json: flag,
  help: flag,
};

/** The faults that a person can give to the image: those of a device that runs it. */
const imageFaults: readonly Fault[] = ["no-connect", "no-work"];

/** Parses the command line. Throws an `Error` with a one-line message. */
export const parseOptions = (args: readonly string[]): Options | "help" => {
  const { values } = parseWith(known, () => parseArgs({ args: [...args], options: known }));
  if (values.help) return "help";
  const number = (name: keyof typeof known, fallback: number, max: number, min = 1): number => {
    const given = values[name];
    if (typeof given !== "string") return fallback;
    const value = Number(given);
    if (/^\d+$/.test(given) && value >= min && value <= max) return value;
    throw new Error(
      `--${name} must be a whole number from ${min} to ${max}, not '${given}'. Try --help.`,
    );
  };
  return {
    devices: number("devices", devicesDefault, devicesMax),
    badPercent: parsePercent(values.bad ?? `${badPercentDefault}%`),
    faults: parseFaults(values.faults),
    imageFault: parseImageFault(values["image-fault"]),
    waves: parseWaves(values.waves ?? "10,100"),
    soakSeconds: number("soak", soakSecondsDefault, soakSecondsMax, 0),
    rollback: parseRollback(values.rollback ?? "slot"),
    failureCount: number("failure-count", failureCountDefault, devicesMax),
    failurePercent: number("failure-percent", failurePercentDefault, 100, 0),
    warmUpSeconds: number("warm-up", warmUpSecondsDefault, warmUpSecondsMax, 0),
    intervalSeconds: number("interval", intervalSecondsDefault, intervalSecondsMax),
    daySeconds: number("day", daySecondsDefault, daySecondsMax, 10),
    imageKilobytes: number("image", imageKilobytesDefault, imageKilobytesMax),
    minutes: number("minutes", minutesDefault, minutesMax),
    seed: number("seed", Math.floor(Math.random() * seedMax), seedMax, 0),
    cloud: parseCloud(values),
    json: values.json,
  };
};

const parsePercent = (given: string): number => {
  const value = Number(/^(\d{1,3}(?:\.\d{1,2})?)%?$/.exec(given)?.[1] ?? Number.NaN);
  if (value >= 0 && value <= 100) return value;
  throw new Error(`--bad must be a percentage from 0% to 100%, not '${given}'. Try --help.`);
};

const faultOf = (option: string, given: string, allowed: readonly Fault[]): Fault => {
  const found = allowed.find((name) => name === given);
  if (found !== undefined) return found;
  const close = closestName(given, allowed);
  const hint = close === undefined ? `one of ${allowed.join(", ")}` : `'${close}'`;
  throw new Error(`--${option} has no fault '${given}'. Did you mean ${hint}? Try --help.`);
};

const parseFaults = (given: string | undefined): readonly Fault[] =>
  given === undefined
    ? faultNames
    : [...new Set(given.split(",").map((one) => faultOf("faults", one, faultNames)))];

const parseImageFault = (given: string | undefined): Fault | undefined =>
  given === undefined ? undefined : faultOf("image-fault", given, imageFaults);

const parseWaves = (given: string): readonly number[] => {
  const waves = given.split(",").map(Number);
  const isRising = waves.every((wave, i) => wave > (waves[i - 1] ?? 0));
  const isWhole = given.split(",").every((one) => /^\d{1,3}$/.test(one));
  if (isWhole && isRising && waves.at(-1) === 100 && waves.length <= wavesMax) return waves;
  throw new Error(
    `--waves must be rising percentages that end with 100, such as 10,50,100, not '${given}'. Try --help.`,
  );
};

const parseRollback = (given: string): "slot" | "none" => {
  if (given === "slot" || given === "none") return given;
  throw new Error(`--rollback accepts slot or none, not '${given}'. Try --help.`);
};

const parseCloud = ({
  api,
  mqtt,
  state,
}: {
  readonly api?: string | undefined;
  readonly mqtt?: string | undefined;
  readonly state?: string | undefined;
}): GivenCloud | undefined => {
  if (api === undefined && mqtt === undefined && state === undefined) return undefined;
  if (api === undefined || mqtt === undefined || state === undefined) {
    throw new Error(
      "--api, --mqtt and --state belong together: the ready line has them. Try --help.",
    );
  }
  if (!/^https?:\/\//.test(api) || !URL.canParse(api)) {
    throw new Error(`--api must be a URL such as http://127.0.0.1:8080, not '${api}'. Try --help.`);
  }
  if (!mqtt.startsWith("mqtts://") || !URL.canParse(mqtt)) {
    throw new Error(`--mqtt must be an mqtts URL, not '${mqtt}'. Try --help.`);
  }
  return { api: api.replace(/\/$/, ""), mqtt, state };
};

const faultLines = faultNames.map((name) => `      ${name.padEnd(12)} ${faults[name]}`).join("\n");

export const help = `Simulates a fleet that updates its firmware: devices over MQTT, a release over the API, and the books at the end.
Exits with 1 if the books of the cloud and the devices disagree.

  npm run fleet -- --devices 1000 --bad 3%

Without --api, --mqtt and --state, it starts a cloud of its own and stops it.

  --devices N         devices in this process (${devicesDefault}; up to ${devicesMax})
  --bad PERCENT       share of the devices that fail in the ways of the field (${badPercentDefault}%)
  --faults A,B        the ways, in place of all:
${faultLines}
  --image-fault NAME  every device that runs the new image fails so: ${imageFaults.join(", ")}
  --waves 10,100      cumulative percentages of the waves
  --soak SECONDS      soak time of each wave (${soakSecondsDefault})
  --rollback KIND     slot (default): a halted release boots the other slot; none
  --failure-count N   the release halts at this number of failures (${failureCountDefault})
  --failure-percent N and if more than this percentage of the assessed devices fail (${failurePercentDefault})
  --warm-up SECONDS   the devices publish before the release (${warmUpSecondsDefault})
  --interval SECONDS  each device publishes at this interval (${intervalSecondsDefault})
  --day SECONDS       how long a sleeping device sleeps (${daySecondsDefault})
  --image KB          size of the image (${imageKilobytesDefault}; up to ${imageKilobytesMax})
  --minutes N         ends after this time (${minutesDefault}; up to ${minutesMax})
  --seed N            which devices fail (random; printed)
  --api URL --mqtt URL --state DIR
                      a running cloud of npm start: api, mqtt and state of its ready line
  --json              prints the books as JSON; the live summary goes to standard error
  --help              this text`;
