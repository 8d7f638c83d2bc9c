import { comparedPerSecond, rowsPerSecondDefault } from "./limits.ts";
import { tables } from "./tables.ts";

const names = tables.map((table) => table.name).join(", ");
const byDefault = tables.filter((table) => table.byDefault).map((table) => table.name);

/** Help text of the command. */
export const help = `Brings rows of the global tables back from point-in-time recovery. docs/restore.md has it step by step.

npm run restore -- --to TIME [options]
npm run restore -- --from TABLE --tables NAME [options]

  --to TIME            as of when, like 2026-11-24T10:00:00Z
  --from TABLE         a table that was restored already; it is compared with the one table of --tables
  --tables NAME,NAME   of ${names} (default: ${byDefault.join(",")})
  --plan               counts what is missing, different and equal, and how long it would take; writes no row.
                       The restored copy is made for it and stays: the same command without --plan uses it
  --overwrite          also rows that are there and differ. What was written to them since is lost
  --skip KIND,KIND     rows that stay away, by what their key begins with: token,refresh
  --rows-per-second N  rows that are written in a second (default: ${rowsPerSecondDefault}; ${comparedPerSecond} are compared)
  --region NAME        the region of AWS (default: what the AWS command line uses)
  --state DIR          the folder of a cloud that runs on this machine (or STATE in the environment); only with --from

Each table is restored into one beside it, TABLE-restored-TIME. Then each of its rows that the live table does not have is
written there, on the condition that it is still missing: nothing that was written since is lost, and the command may be
started again whenever it died. What was deleted on purpose since then comes back, too: look at the plan first.
Rows that have expired stay away, and those that only say how something did at that time. Nothing is ever deleted.`;
