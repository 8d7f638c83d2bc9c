import type { Tables } from "../call/tables.ts";

/** A row of the table of operations: a value in JSON under a key. */
export interface Row {
  readonly pk: string;
  readonly sk: string;
  readonly value: unknown;
  /** In seconds since 1970; absent for a row that does not expire. */
  readonly expiresAt?: number | undefined;
  /** Further attributes, which queries read without the value. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** A page of the values of a partition. */
interface ValuePage {
  readonly values: readonly unknown[];
  /** The sort key of the last value, if there may be more. */
  readonly next?: string;
}

/** The item of a row. */
export const itemOf = ({ pk, sk, value, expiresAt, more = {} }: Row): object => ({
  ...more,
  pk,
  sk,
  value: JSON.stringify(value),
  ...(expiresAt !== undefined && { expiresAt }),
});

/** Reads and writes rows of the global table of operations. */
export const operationsRows = (db: Tables, table: string, now: () => number) => {
  const isCurrent = ({ expiresAt }: Readonly<Record<string, unknown>>): boolean =>
    // The table's time to live removes rows late.
    expiresAt === undefined || Number(expiresAt) > now() / 1_000;
  const readValue = ({ value }: Readonly<Record<string, unknown>>): unknown =>
    JSON.parse(String(value));
  return {
    async find(pk: string, sk: string): Promise<unknown> {
      const { Item } = await db.get({ TableName: table, Key: { pk, sk } });
      return Item !== undefined && isCurrent(Item) ? readValue(Item) : undefined;
    },

    put: (row: Row): Promise<void> => db.put({ TableName: table, Item: itemOf(row) }),

    async remove(pk: string, sk: string): Promise<boolean> {
      const { Attributes } = await db.delete({
        TableName: table,
        Key: { pk, sk },
        ReturnValues: "ALL_OLD",
      });
      return Attributes !== undefined;
    },

    /** The values whose sort keys have the prefix, in their order. */
    async page(
      { pk, prefix = "" }: { pk: string; prefix?: string | undefined },
      {
        limit,
        after,
        newestFirst = false,
      }: { limit: number; after?: string | undefined; newestFirst?: boolean },
    ): Promise<ValuePage> {
      const { Items, LastEvaluatedKey } = await db.query({
        TableName: table,
        KeyConditionExpression: prefix === "" ? "pk = :pk" : "pk = :pk AND begins_with(sk, :sk)",
        ExpressionAttributeValues: { ":pk": pk, ...(prefix !== "" && { ":sk": prefix }) },
        Limit: limit,
        ScanIndexForward: !newestFirst,
        ExclusiveStartKey: after === undefined ? undefined : { pk, sk: after },
      });
      return {
        values: Items.filter(isCurrent).map(readValue),
        ...(LastEvaluatedKey !== undefined && { next: String(LastEvaluatedKey.sk) }),
      };
    },
  };
};

/** Formats the end of a lifetime that begins at `from`, both in milliseconds since 1970. */
export const secondsAfter = (from: number, ms: number): number => Math.ceil((from + ms) / 1_000);
