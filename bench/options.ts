import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { parseWith } from "#shared/input/argumentProblem.ts";

/** Options of a run. */
export interface Options {
  /** Events per second, in rising order. */
  readonly rates: readonly number[];
  /** Duration of a round. */
  readonly seconds: number;
  /** Rounds per rate; the report shows their medians. */
  readonly rounds: number;
  /** Duration and number of the steps of the search for the highest rate. */
  readonly probeSeconds: number;
  readonly probesMax: number;
  /** Number of sequential function calls. */
  readonly calls: number;
  /** Imports of each bundle. */
  readonly imports: number;
  /** Folder for the state of the cloud. Default: in memory. */
  readonly data: string | undefined;
  /** Print JSON on standard output and the tables on standard error. */
  readonly json: boolean;
}

/** Requires 50 devices at IoT Core's quota of 100 publishes per second and connection. */
export const rateMax = 5_000;
const ratesMax = 5;
const secondsMax = 300;

export const help = `Measures the pipeline on this machine and compares it with a baseline: a bare MQTT subscriber that posts each event.
Measures calls and compares them with a request and response over a bare broker.

npm run bench -- [--rates 200,1000] [--seconds N] [--quick] [--data DIR] [--json]
npm run bench -- isolation      a healthy webhook alone, and with three others that hang, refuse or are slow
npm run bench -- loss [--tests 1,2,3,4,5] [--peer node-red]
                                acknowledged events that never arrive. Tests: worker killed after 20,000 events (1) or at
                                200/s (2), target answers 503 (3), another target hangs (4), worker down for 10 s (5).
                                --peer compares with Node-RED, which npm installs into bench/peers, also in speed

  --rates A,B     events per second, up to ${rateMax} (default 200,1000)
  --seconds N     duration of a round, up to ${secondsMax} (default 10)
  --quick         one short round of each measurement: checks that it works, not how fast it is
  --data DIR      folder for the state of the cloud (default: in memory)
  --json          print JSON on standard output and the tables on standard error
  --help          print this help

The JSON is also written to bench/results. Everything listens on 127.0.0.1.`;

const thorough = { rounds: 3, probeSeconds: 6, probesMax: 8, imports: 7, calls: 500 };
const quick = { rounds: 1, probeSeconds: 2, probesMax: 2, imports: 5, calls: 100 };

/** Parses the command line. Throws an `Error` with a one-line message. */
export const parseOptions = (args: readonly string[]): Options | "help" => {
  const options = {
    rates: { type: "string", default: "200,1000" },
    seconds: { type: "string" },
    quick: { type: "boolean", default: false },
    data: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  } as const;
  const { values } = parseWith(options, () => parseArgs({ args: [...args], options }));
  if (values.help) return "help";
  const rates = values.rates.split(",").map((text) => parseInteger("--rates", text, rateMax));
  if (rates.length > ratesMax) throw new Error(`--rates accepts at most ${ratesMax} rates`);
  return {
    ...(values.quick ? quick : thorough),
    rates: rates.toSorted((a, b) => a - b),
    seconds: parseInteger("--seconds", values.seconds ?? (values.quick ? "3" : "10"), secondsMax),
    data: values.data === undefined ? undefined : resolve(values.data),
    json: values.json,
  };
};

const parseInteger = (name: string, text: string, max: number): number => {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= max) return number;
  throw new Error(`${name} must be from 1 to ${max}, not '${text}'. Try --help.`);
};
