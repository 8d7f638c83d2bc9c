import { parseArgs } from "node:util";
import { parseWith } from "#shared/input/argumentProblem.ts";
import { closestName } from "#shared/input/closestName.ts";
import type { Form } from "./checks.ts";
import type { Drill } from "./drill.ts";

/** Options of a run. */
export interface Options {
  readonly drills: readonly Drill[];
  readonly form: Form;
  /** Print one line of JSON for each drill on standard output, and text on standard error. */
  readonly json: boolean;
  /** Add the results to the history of the status page. */
  readonly record: boolean;
}

export const help = `Injects failures into a local cloud and checks every promise against a measurement.

npm run drill -- NAME… [--short] [--json] [--record]
npm run drill -- all

  all       run every drill, one after the other
  --short   run the short form, as the tests do: fewer devices and events, shorter outages
  --json    print one line of JSON for each drill on standard output, text on standard error
  --record  add the results to the history on the status page (shared/status/drills/history.json)
  --list    list the drills and their incidents
  --help    print this help

A drill starts its own cloud on free ports of 127.0.0.1, with its state in a temporary folder, and stops it.
Exits with 0 if every promise held. docs/drills.md describes each drill.`;

/** Parses the command line. Throws an `Error` with a one-line message. */
export const parseOptions = (
  args: readonly string[],
  known: readonly Drill[],
): Options | "help" | "list" => {
  const options = {
    short: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    record: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  } as const;
  const { values, positionals } = parseWith(options, () =>
    parseArgs({ args: [...args], allowPositionals: true, options }),
  );
  if (values.help) return "help";
  if (values.list) return "list";
  if (positionals.length === 0) throw new Error("missing drill name. Try --list.");
  const isAll = positionals.length === 1 && positionals[0] === "all";
  const drills = isAll ? known : positionals.map((name) => findDrill(name, known));
  return {
    drills,
    form: values.short ? "short" : "long",
    json: values.json,
    record: values.record,
  };
};

const findDrill = (name: string, known: readonly Drill[]): Drill => {
  const found = known.find((drill) => drill.name === name);
  if (found !== undefined) return found;
  if (name === "all") throw new Error("'all' takes no further names. Try --list.");
  const close = closestName(name, ["all", ...known.map((drill) => drill.name)]);
  const meant = close === undefined ? "" : ` Did you mean '${close}'?`;
  throw new Error(`unknown drill '${name}'.${meant} Try --list.`);
};
