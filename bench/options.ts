import { resolve } from "node:path";
import { parseArgs } from "node:util";

/** What a run measures, and for how long. */
export interface Options {
  /** Events a second, rising. */
  readonly rates: readonly number[];
  /** How long each round publishes. */
  readonly seconds: number;
  /** Rounds of each rate; the report shows their medians. */
  readonly rounds: number;
  /** How long each step of the search for the highest rate publishes, and how many steps there are. */
  readonly probeSeconds: number;
  readonly probesMax: number;
  /** Calls of a function, one after the other. */
  readonly calls: number;
  /** How often each bundle is imported. */
  readonly imports: number;
  /** Where the cloud keeps its state; in memory without it. */
  readonly data: string | undefined;
  /** Print JSON on standard output, and the table on standard error. */
  readonly json: boolean;
}

/** At the 100 publishes a second that IoT Core takes of one connection, this needs 50 devices. */
export const rateMax = 5_000;
const ratesMax = 5;
const secondsMax = 300;

export const help = `Measures the pipeline on this machine, and beside it a bare MQTT subscriber that posts each event; and calls of
devices beside a question and its answer over a bare broker.

npm run bench -- [--rates 200,1000] [--seconds N] [--quick] [--data DIR] [--json]
npm run bench -- isolation      a healthy webhook alone, and beside three that hang, refuse and are slow
npm run bench -- loss [--tests 1,2,3,4,5] [--peer node-red]
                                acknowledged events that never arrive: the worker killed with 20,000 of them (1) and at
                                200/s (2), a target that answers 503 (3), one that hangs (4), the worker down for 10 s (5);
                                with --peer beside Node-RED, which npm installs into bench/peers, and the speed of both

  --rates A,B     events a second to measure at, up to ${rateMax} (default 200,1000)
  --seconds N     how long each round publishes, up to ${secondsMax} (default 10)
  --quick         one short round of everything: says that it works, not how fast it is
  --data DIR      the cloud keeps its state on disk in DIR (default: in memory)
  --json          JSON on standard output, and the table on standard error
  --help          show this

The JSON is also written to bench/results. Everything listens on 127.0.0.1.`;

const thorough = { rounds: 3, probeSeconds: 6, probesMax: 8, imports: 7, calls: 500 };
const quick = { rounds: 1, probeSeconds: 2, probesMax: 2, imports: 5, calls: 100 };

/** Reads the command line. Fails with an `Error` that says in one line what is wrong. */
export const parseOptions = (args: readonly string[]): Options | "help" => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rates: { type: "string", default: "200,1000" },
      seconds: { type: "string" },
      quick: { type: "boolean", default: false },
      data: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  const rates = values.rates.split(",").map((text) => parseInteger("--rates", text, rateMax));
  if (rates.length > ratesMax) throw new Error(`--rates takes ${ratesMax} rates at most`);
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
