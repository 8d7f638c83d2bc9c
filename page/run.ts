import { parseArgs } from "node:util";
import { parseWith } from "#shared/input/argumentProblem.ts";
import { closestName } from "#shared/input/closestName.ts";
import type { Options } from "../admin/command.ts";
import { table } from "../admin/table.ts";
import { UsageError } from "../admin/usageError.ts";

const help = `Tests, lists and acknowledges the pages of a deployment (docs/paging.md).

npm run page -- COMMAND [options]

  test             start a self-test of the pages of the region, by every way
  drift            compare the alarms, their actions and the rules of the watched region
                   with the deployed templates, and list the differences
  list             list the pages of all regions with their deliveries, open ones first
  replay PAGE      send the dead letters of a page again
  ack sns|watcher  acknowledge the latest self-test of the region for one way
  receivers        list the receivers, without their secrets

Selection of the cloud:
  --state DIR      state folder of a cloud on this machine (or STATE in the environment)
  --region NAME    region (default: the first one of --state, or as for the AWS command line)

For every command:
  --json           print JSON (lists are tables without it)
  --help           print this text`;

/** Invokes the watcher with one request. */
type Invoke = (request: object, options: Options) => Promise<unknown>;

const requests: Readonly<Record<string, (argument: string) => object>> = {
  test: () => ({ test: {} }),
  drift: () => ({ drift: {} }),
  list: () => ({ list: {} }),
  replay: (page) => ({ replay: { page } }),
  ack: (way) => ({ acknowledge: { way } }),
  receivers: () => ({ receivers: {} }),
};
const withArgument = ["replay", "ack"];

/** Runs the command line, and returns the text for standard output. Fails with a `UsageError`. */
export const run = async (args: readonly string[], invoke: Invoke): Promise<string> => {
  const { values, positionals } = read(args);
  const [name, argument, ...others] = positionals;
  if (values.help === true || name === undefined) return help;
  const request = requests[name];
  if (request === undefined) {
    const closest = closestName(name, Object.keys(requests));
    const hint = closest === undefined ? "" : ` Did you mean ${closest}?`;
    throw new UsageError(`There is no command ${name}.${hint} npm run page -- --help`);
  }
  if (withArgument.includes(name) !== (argument !== undefined) || others.length > 0) {
    const takes = withArgument.includes(name) ? "one argument" : "no argument";
    throw new UsageError(`${name} takes ${takes}: npm run page -- --help`);
  }
  const done = Object(await invoke(request(argument ?? ""), values));
  const rows: unknown = "rows" in done ? done.rows : undefined;
  if (!Array.isArray(rows)) return JSON.stringify(done, null, 2);
  if (values.json === true) return JSON.stringify(rows, null, 2);
  return table(name === "list" ? rows.map(summaryOf) : rows);
};

const options = {
  state: { type: "string" },
  region: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean" },
} as const;

const read = (args: readonly string[]) =>
  parseWith(options, () => parseArgs({ args: [...args], allowPositionals: true, options }));

/** A page as a line of the table. */
const summaryOf = (page: Record<string, unknown>): object => ({
  id: page.id,
  state: page.state,
  severity: page.severity,
  region: page.region,
  since: page.since,
  summary: page.summary,
  deliveries: deliveriesOf(page.deliveries),
});

const deliveriesOf = (deliveries: unknown): string =>
  Array.isArray(deliveries)
    ? deliveries
        .map(({ receiver, told, dead_letter: dead }) => `${receiver} ${dead ? "dead" : told}`)
        .join(", ")
    : "";
