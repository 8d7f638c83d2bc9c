import { toAttributes } from "#shared/aws/call/attributeValue.ts";
import type { Tables, UpdateInput } from "#shared/aws/call/tables.ts";
import { itemBytes } from "../../../local/dynamodb/value/itemSize.ts";

/** The writes of one partition key. */
export interface KeyWrites {
  readonly table: string;
  readonly key: string;
  /** Writes and write units in a second. */
  readonly writes: number;
  readonly units: number;
  /** The size of the largest item. */
  readonly itemBytes: number;
  /** How items of the key are ordered, which decides whether DynamoDB can divide them. */
  readonly order: "one row" | "by time" | "spread";
  /** How many keys have the same writes: the model writes one of them. */
  readonly copies: number;
}

/** How often something is written, and for how many keys like this one. */
export interface Weight {
  readonly perSecond: number;
  /** 1 unless given. */
  readonly copies?: number;
}

const writeUnitBytes = 1_024;

interface Counted {
  readonly table: string;
  readonly key: string;
  readonly copies: number;
  writes: number;
  units: number;
  itemBytes: number;
  readonly rows: Set<string>;
  /** Attributes that updates have set, by row. */
  readonly attributes: Map<string, Map<string, number>>;
}

/** Rows of a key of which the names are kept: they only show the order. */
const rowsKept = 4;

/**
 * Tables that store nothing: they count what the adapters of the product write, by partition key,
 * with the weight of the call. Reads find nothing.
 */
export const recordWrites = () => {
  const keys = new Map<string, Counted>();
  let weight: Required<Weight> = { perSecond: 0, copies: 1 };
  const keyOf = (table: string, key: string): Counted => {
    const name = `${table} ${key}`;
    const known = keys.get(name) ?? {
      table,
      key,
      copies: weight.copies,
      writes: 0,
      units: 0,
      itemBytes: 0,
      rows: new Set(),
      attributes: new Map(),
    };
    keys.set(name, known);
    return known;
  };
  const add = (table: string, { pk, sk = "" }: Row, bytes: number): void => {
    const one = keyOf(table, String(pk));
    if (one.rows.size < rowsKept) one.rows.add(String(sk));
    one.writes += weight.perSecond;
    one.units += weight.perSecond * Math.max(1, Math.ceil(bytes / writeUnitBytes));
    one.itemBytes = Math.max(one.itemBytes, bytes);
  };
  const put = (table: string, item: object): void => {
    const row: Row = { ...item };
    const bytes = itemBytes(toAttributes(item));
    add(table, row, bytes);
    // The index of devices has a copy of the row.
    const { fleet, nameKey } = row;
    if (typeof nameKey === "string") add(`${table} by fleet`, { pk: fleet, sk: nameKey }, bytes);
  };
  const update = ({ TableName, Key, ...change }: UpdateInput): void => {
    const row: Row = { ...Key };
    const known = keyOf(TableName, String(row.pk));
    const name = String(row.sk);
    const attributes = known.attributes.get(name) ?? new Map<string, number>();
    known.attributes.set(name, attributes);
    const { UpdateExpression, ExpressionAttributeNames = {} } = change;
    const bytes = itemBytes(toAttributes(change.ExpressionAttributeValues ?? {}));
    // The same expression sets the same attributes.
    attributes.set(`${UpdateExpression} ${Object.values(ExpressionAttributeNames).join()}`, bytes);
    const all = [...attributes.values()].reduce((sum, one) => sum + one, 0);
    add(TableName, row, itemBytes(toAttributes(Key)) + all);
  };
  const tables: Tables = {
    region: "us-east-1",
    get: async () => ({}),
    query: async () => ({ Items: [], Count: 0 }),
    scan: async () => ({ Items: [], Count: 0 }),
    batchGet: async () => ({ Responses: {}, UnprocessedKeys: {} }),
    delete: async () => ({}),
    put: async ({ TableName, Item }) => put(TableName, Item),
    update: async (input) => {
      update(input);
      return {};
    },
    batchWrite: async ({ RequestItems }) => {
      for (const [table, requests] of Object.entries(RequestItems)) {
        for (const one of requests) if ("PutRequest" in one) put(table, one.PutRequest.Item);
      }
      return { UnprocessedItems: {} };
    },
  };
  return {
    tables,
    /** Counts what a call writes with a weight. One call at a time. */
    async weigh({ perSecond, copies = 1 }: Weight, write: () => Promise<unknown>): Promise<void> {
      weight = { perSecond, copies };
      await write();
    },
    /** The writes so far. */
    written: (): KeyWrites[] =>
      [...keys.values()].map(({ rows, attributes: _, ...one }) => ({
        ...one,
        order: orderOf([...rows]),
      })),
  };
};

type Row = Record<string, unknown>;

const timed = /(^|#)\d{15}(#|$)/;

const orderOf = (rows: readonly string[]): KeyWrites["order"] => {
  if (rows.length < 2 && !rows.some((row) => timed.test(row))) return "one row";
  return rows.some((row) => timed.test(row)) ? "by time" : "spread";
};
