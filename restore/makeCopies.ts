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

/** A table's copy as of a time. The name has the time in it, so the same command finds it again. */
export const copyName = (table: string, at: Date): string =>
  `${table}-restored-${at.toISOString().replace(/[-:]|\.000/g, "")}`;

/**
 * Restores tables to a point in time, each into one of its own beside it, and waits until all are ready. What an
 * earlier run made, or began, is taken as it is. Nothing is begun unless each table can be restored to that time.
 */
export const makeCopies = async (
  tables: readonly string[],
  at: Date,
  deps: Deps,
): Promise<void> => {
  const wanted: string[] = [];
  for (const table of tables) {
    if ((await describeTable(deps.db, copyName(table, at))) !== undefined) {
      deps.say(`${copyName(table, at)} is there already, or will be, and is used.`);
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
    throw new UsageError(`Point-in-time recovery of ${TableName} is not on.`);
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
    // The emulator of one machine does not know the word.
    if (error instanceof Error && error.name === "UnknownOperationException") {
      throw new UsageError(
        "This machine's DynamoDB keeps no earlier times: give a table of your own with --from.",
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
      // It is only read from one end to the other: without indexes it is ready earlier.
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
    // It is not visible at once everywhere.
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
