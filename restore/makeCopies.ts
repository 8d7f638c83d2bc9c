import {
  DescribeContinuousBackupsCommand,
  type DynamoDBClient,
  RestoreTableToPointInTimeCommand,
} from "@aws-sdk/client-dynamodb";
import { UsageError } from "../admin/usageError.ts";
import { describeTable } from "./describeTable.ts";
import { askCopyMs, copyHoursMax } from "./limits.ts";
import type { Clock } from "./pace.ts";

interface Deps {
  readonly db: DynamoDBClient;
  readonly clock: Clock;
  say(line: string): void;
}

/**
 * The name of a table's copy at a point in time. It contains the time, so that a repeated command
 * finds it.
 */
export const copyName = (table: string, at: Date): string =>
  `${table}-restored-${at.toISOString().replace(/[-:]|\.000/g, "")}`;

/**
 * Restores tables to a point in time, each into a new table, and waits until all are active. Uses
 * tables that an earlier run created. Starts nothing unless every table can be restored to that
 * time.
 */
export const makeCopies = async (
  tables: readonly string[],
  at: Date,
  deps: Deps,
): Promise<void> => {
  const wanted: string[] = [];
  for (const table of tables) {
    if ((await describeTable(deps.db, copyName(table, at))) !== undefined) {
      deps.say(`${copyName(table, at)} exists or is being created, and is used.`);
    } else {
      await expectWithinWindow(deps.db, table, at);
      wanted.push(table);
    }
  }
  for (const table of wanted) await begin(table, at, deps);
  for (const table of tables) await waitUntilReady(copyName(table, at), deps);
};

const expectWithinWindow = async (
  db: DynamoDBClient,
  TableName: string,
  at: Date,
): Promise<void> => {
  const window = await askWindow(db, TableName);
  if (window?.PointInTimeRecoveryStatus !== "ENABLED") {
    throw new UsageError(`Point-in-time recovery of ${TableName} is not enabled.`);
  }
  const { EarliestRestorableDateTime: earliest, LatestRestorableDateTime: latest } = window;
  if (earliest === undefined || latest === undefined || at < earliest || at > latest) {
    const text = (time: Date | undefined) => time?.toISOString() ?? "now";
    throw new UsageError(
      `${TableName} can be restored to a time from ${text(earliest)} to ${text(latest)}, not to ${text(at)}.`,
    );
  }
};

const askWindow = async (db: DynamoDBClient, TableName: string) => {
  try {
    const { ContinuousBackupsDescription } = await db.send(
      new DescribeContinuousBackupsCommand({ TableName }),
    );
    return ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
  } catch (error) {
    // The local emulator does not implement this operation.
    if (error instanceof Error && error.name === "UnknownOperationException") {
      throw new UsageError(
        "The local DynamoDB has no point-in-time recovery: give a table with --from.",
        { cause: error },
      );
    }
    throw error;
  }
};

const begin = async (table: string, at: Date, { db, say }: Deps): Promise<void> => {
  await db.send(
    new RestoreTableToPointInTimeCommand({
      SourceTableName: table,
      TargetTableName: copyName(table, at),
      RestoreDateTime: at,
      BillingModeOverride: "PAY_PER_REQUEST",
      // It is only scanned, and is ready earlier without indexes.
      GlobalSecondaryIndexOverride: [],
    }),
  );
  say(`${copyName(table, at)} is being made. That takes from minutes to hours.`);
};

const waitUntilReady = async (copy: string, { db, clock, say }: Deps): Promise<void> => {
  const begun = clock.now();
  for (;;) {
    const status = (await describeTable(db, copy))?.status ?? "not there";
    if (status === "ACTIVE") return;
    // DescribeTable is eventually consistent.
    if (status !== "CREATING" && status !== "not there") {
      throw new UsageError(`${copy} cannot be used: it is ${status}.`);
    }
    const minutes = Math.floor((clock.now() - begun) / 60_000);
    if (minutes >= copyHoursMax * 60) {
      throw new UsageError(`${copy} is still ${status}. Start the same command again later.`);
    }
    say(`${copy} is ${status} (${minutes} min).`);
    await clock.wait(askCopyMs);
  }
};
