import { parseArgs } from "node:util";
import type { Drill, Form } from "./drill.ts";

/** What a run does. */
export interface Options {
  readonly drills: readonly Drill[];
  readonly form: Form;
  /** A line of JSON for each drill on standard output, and text on standard error. */
  readonly json: boolean;
}

export const help = `Breaks a local cloud on purpose and measures whether what was promised is kept.

npm run drill -- NAME… [--short] [--json]
npm run drill -- all

  all       every drill, one after the other
  --short   the form that the tests run: less of everything
  --json    a line of JSON for each drill on standard output, text on standard error
  --list    the drills and what happened then
  --help    show this

A drill starts a cloud of its own on free ports of 127.0.0.1, with its state in a temporary folder, and stops it.
The exit code is 0 only if every promise held. docs/drills.md says what each shows.`;

/** Reads the command line. Fails with an `Error` that says in one line what is wrong. */
export const parseOptions = (
  args: readonly string[],
  known: readonly Drill[],
): Options | "help" | "list" => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      short: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  if (values.list) return "list";
  if (positionals.length === 0) throw new Error("which drill? Try --list.");
  const isAll = positionals.length === 1 && positionals[0] === "all";
  const drills = isAll ? known : positionals.map((name) => named(name, known));
  return { drills, form: values.short ? "short" : "long", json: values.json };
};

const named = (name: string, known: readonly Drill[]): Drill => {
  const found = known.find((drill) => drill.name === name);
  if (found === undefined) throw new Error(`there is no drill '${name}'. Try --list.`);
  return found;
};
