import { comparedPerSecond, rowsPerSecondDefault } from "./limits.ts";
import { tables } from "./tables.ts";

const names = tables.map((table) => table.name).join(", ");
const byDefault = tables.filter((table) => table.byDefault).map((table) => table.name);

/** Help text of the command. */
export const help = `Restores rows of the global tables from point-in-time recovery. docs/restore.md describes each step.

npm run restore -- --to TIME [options]
npm run restore -- --from TABLE --tables NAME [options]

  --to TIME            the last time at which the tables were correct, for example 2026-11-24T10:00:00Z
  --from TABLE         an existing restored table; the command compares it with the one table of --tables
  --tables NAME,NAME   tables to restore: ${names}
                       (default: ${byDefault.join(",")})
  --plan               count the missing, different and equal rows, and estimate the duration; write no row.
                       The restored copies stay: the same command without --plan uses them
  --overwrite          also restore rows that exist and differ. This reverts every change of them since TIME
  --skip KIND,KIND     do not restore rows of these kinds (the beginning of their key), for example token,refresh
  --rows-per-second N  maximum rate of written rows (default: ${rowsPerSecondDefault}; the command compares ${comparedPerSecond} per second)
  --region NAME        the region of AWS (default: what the AWS command line uses)
  --state DIR          the folder of a cloud that runs on this machine (or STATE in the environment); only with --from
  --help               print this help

The command restores each table to a copy, TABLE-restored-TIME. Then it writes each row of the copy that is missing in
the live table, on the condition that the row is still missing: it loses no data that was written since TIME. You can
repeat the command after an interruption. Rows that were deleted on purpose since TIME are restored too: read the plan
first. Expired rows and rows with temporary state are not restored. The command deletes nothing.`;
