import { parseArgs } from "node:util";
import { argumentProblem } from "#shared/input/argumentProblem.ts";
import { UsageError } from "../admin/usageError.ts";
import { rowsPerSecondDefault, rowsPerSecondMax } from "./limits.ts";
import type { Manner } from "./restoreRows.ts";
import { type Restorable, tables } from "./tables.ts";

/** A parsed command line. */
export interface Request extends Manner {
  readonly tables: readonly Restorable[];
  /** The source of the rows: a point in time or an existing table. */
  readonly source: { readonly to: Date } | { readonly from: string };
  readonly region: string | undefined;
  readonly state: string | undefined;
}

/** Parses the command line. Fails with a `UsageError` on unknown words and options. */
export const parseArguments = (args: readonly string[]): Request | "help" => {
  const values = parse(args);
  if (values.help || args.length === 0) return "help";
  const { to, from, region, state, overwrite = false, plan = false } = values;
  const chosen = values.tables === undefined ? byDefault : listed(values.tables).map(named);
  const [table] = chosen;
  if (table === undefined) throw new UsageError("--tables names none.");
  const common = {
    tables: chosen,
    region,
    state,
    overwrite,
    plan,
    skip: listed(values.skip ?? ""),
    rowsPerSecond: rate(values["rows-per-second"]),
  };
  if (from === undefined) return { ...common, source: { to: time(to) } };
  if (to !== undefined) throw new UsageError("Give --to or --from, not both.");
  if (chosen.length !== 1) throw new UsageError("--from needs --tables with the one it is for.");
  if (from === table.table) throw new UsageError("--from is the live table itself.");
  return { ...common, source: { from } };
};

const byDefault = tables.filter((table) => table.byDefault);

const known = {
  to: { type: "string" },
  from: { type: "string" },
  tables: { type: "string" },
  skip: { type: "string" },
  region: { type: "string" },
  state: { type: "string" },
  "rows-per-second": { type: "string" },
  overwrite: { type: "boolean" },
  plan: { type: "boolean" },
  help: { type: "boolean" },
} as const;

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: known }).values;
  } catch (cause) {
    throw new UsageError(`${argumentProblem(cause, known)} Try --help.`, { cause });
  }
};

const listed = (text: string): string[] =>
  text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");

const named = (name: string): Restorable => {
  const table = tables.find((one) => one.name === name);
  if (table !== undefined) return table;
  const names = tables.map((one) => one.name).join(", ");
  throw new UsageError(`There is no table '${name}': there are ${names}.`);
};

/** With seconds and a time zone, so that the time is unambiguous. */
const timeForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$/;

const time = (text: string | undefined): Date => {
  if (text === undefined) throw new UsageError("Give a time with --to, or a table with --from.");
  const at = new Date(text);
  if (timeForm.test(text) && !Number.isNaN(at.getTime())) return at;
  throw new UsageError(`--to must be a time like 2026-11-24T10:00:00Z, not '${text}'.`);
};

const rate = (text: string | undefined): number => {
  if (text === undefined) return rowsPerSecondDefault;
  const perSecond = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (perSecond >= 1 && perSecond <= rowsPerSecondMax) return perSecond;
  throw new UsageError(`--rows-per-second is from 1 to ${rowsPerSecondMax}.`);
};
