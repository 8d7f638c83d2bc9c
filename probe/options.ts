import { parseArgs } from "node:util";
import { parseWith } from "#shared/input/argumentProblem.ts";
import { closestName } from "#shared/input/closestName.ts";
import type { Probe } from "./probe.ts";
import { type Account, probes } from "./probes.ts";

/** Options of a run. */
export interface Options {
  readonly probes: readonly Probe<Account>[];
  readonly region: string;
  /** Run the plan. */
  readonly isConfirmed: boolean;
  readonly api?: string;
  readonly token?: string;
}

const names = probes.map(({ name, question }) => `  ${name.padEnd(16)}${question}`).join("\n");

export const help = `Answers questions that only AWS can answer, in your account. Each probe prints what it observed, what this
project expects, and what to change if they differ. Probes delete what they create, also after Ctrl+C.

npm run probe -- [PROBE…] --region NAME [options]

${names}

  --region NAME  AWS region of the deployment (or AWS_REGION)
  --yes          run the plan; without this option it is only shown, with its price
  --api URL      base URL of the API, for the probe stream: the output ApiUrl of the stack
  --token TOKEN  token of a user, for the probe stream (or TOKEN in the environment)
  --help         print this help

Without a name, all probes run; stream only with --api and --token. Credentials are those of the AWS command line.
Exits with 0 if all answers are as expected, and with 1 otherwise.`;

/** Parses the command line. Throws an `Error` with a one-line message. */
export const parseOptions = (
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Options | "help" => {
  const options = {
    region: { type: "string" },
    yes: { type: "boolean", default: false },
    api: { type: "string" },
    token: { type: "string" },
    help: { type: "boolean", default: false },
  } as const;
  const { values, positionals } = parseWith(options, () =>
    parseArgs({ args: [...args], allowPositionals: true, options }),
  );
  if (values.help) return "help";
  const region = values.region ?? environment.AWS_REGION;
  if (region === undefined) throw new Error("--region is missing. Try --help.");
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) throw new Error(`'${region}' is no AWS region.`);
  const token = values.token ?? environment.TOKEN;
  const { api } = values;
  if (api !== undefined && !URL.canParse(api)) throw new Error(`--api '${api}' is no URL.`);
  const canStream = api !== undefined && token !== undefined;
  const chosen = [...new Set(positionals.map(findProbe))];
  if (!canStream && chosen.some(({ name }) => name === "stream")) {
    throw new Error("the probe stream requires --api and --token. Try --help.");
  }
  const all = probes.filter(({ name }) => name !== "stream" || canStream);
  return {
    probes: chosen.length === 0 ? all : chosen,
    region,
    isConfirmed: values.yes,
    ...(api !== undefined && { api }),
    ...(token !== undefined && { token }),
  };
};

const findProbe = (name: string): Probe<Account> => {
  const found = probes.find((one) => one.name === name);
  if (found !== undefined) return found;
  const close = closestName(
    name,
    probes.map((one) => one.name),
  );
  const meant = close === undefined ? "" : ` Did you mean '${close}'?`;
  throw new Error(`unknown probe '${name}'.${meant} Try --help.`);
};
