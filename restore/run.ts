import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { findCloud, type Place } from "../admin/findCloud.ts";
import { UsageError } from "../admin/usageError.ts";
import { describeTable } from "./describeTable.ts";
import { help } from "./help.ts";
import { comparedPerSecond } from "./limits.ts";
import { copyName, makeCopies } from "./makeCopies.ts";
import type { Clock } from "./pace.ts";
import { parseArguments, type Request } from "./parseArguments.ts";
import { type Outcome, restoreRows } from "./restoreRows.ts";
import type { Restorable } from "./tables.ts";

interface Deps {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Writes a line to standard error. */
  say(line: string): void;
}

/** Runs the command line, and returns the text for standard output. */
export const run = async (args: readonly string[], deps: Deps): Promise<string> => {
  const request = parseArguments(args);
  if (request === "help") return help;
  const { region: wanted, state } = request;
  const db = open(await findCloud({ region: wanted, state }, deps.environment));
  try {
    const region = await regionOf(db);
    const pairs = await findPairs(request, { ...deps, db, region });
    if (!request.plan) deps.say("If this command is interrupted, repeat it to continue.");
    const outcomes: Outcome[] = [];
    for (const pair of pairs) {
      outcomes.push(await restoreRows(pair, request, { ...deps, db }));
    }
    return JSON.stringify(report(outcomes, request, region), null, 2);
  } finally {
    db.destroy();
  }
};

/** The tool has time: it retries throttled requests more often than a function. */
const attemptsMax = 10;

const open = ({ function: _, region, tables, endpoint, ...keys }: Place): DynamoDBClient => {
  const { accessKeyId, secretAccessKey } = keys;
  if (endpoint !== undefined && tables === undefined) {
    throw new UsageError("The state folder has no endpoint of the tables: restart the cloud.");
  }
  const credentials = accessKeyId !== undefined &&
    secretAccessKey !== undefined && { credentials: { accessKeyId, secretAccessKey } };
  return new DynamoDBClient({
    maxAttempts: attemptsMax,
    ...(region !== undefined && { region }),
    ...(tables !== undefined && { endpoint: tables }),
    ...credentials,
  });
};

const regionOf = async (db: DynamoDBClient): Promise<string> => {
  try {
    return await db.config.region();
  } catch (cause) {
    throw new UsageError("Which region? Give it with --region.", { cause });
  }
};

interface Pair {
  readonly table: Restorable;
  readonly from: string;
  readonly keys: readonly string[];
}

/** Finds each live table and its source table, and restores the source table if necessary. */
const findPairs = async (
  { tables, source }: Request,
  { region, ...deps }: Deps & { readonly db: DynamoDBClient; readonly region: string },
): Promise<Pair[]> => {
  const described = async (name: string) => {
    const found = await describeTable(deps.db, name);
    if (found === undefined) throw new UsageError(`There is no table ${name} in ${region}.`);
    return found;
  };
  const live = [];
  for (const table of tables) live.push({ table, ...(await described(table.table)) });
  if ("to" in source) {
    const names = tables.map(({ table }) => table);
    await makeCopies(names, source.to, deps);
  }
  const pairs: Pair[] = [];
  for (const { table, keys } of live) {
    const from = "to" in source ? copyName(table.table, source.to) : source.from;
    const other = await described(from);
    if (other.keys.join() !== keys.join()) {
      throw new UsageError(`${from} has another key than ${table.table}.`);
    }
    pairs.push({ table, from, keys });
  }
  return pairs;
};

const report = (outcomes: readonly Outcome[], request: Request, region: string) => {
  const seconds = outcomes.map(({ rows, missing, differing }) => {
    const writes = missing + (request.overwrite ? differing : 0);
    return rows / comparedPerSecond + writes / request.rowsPerSecond;
  });
  const total = Math.ceil(seconds.reduce((sum, one) => sum + one, 0));
  return {
    region,
    ...(request.plan && { plan: true, seconds: total }),
    tables: outcomes,
    whenAllIsWell: outcomes.map(
      ({ from }) => `aws dynamodb delete-table --region ${region} --table-name ${from}`,
    ),
  };
};
