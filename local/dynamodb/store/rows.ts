import type { SQLInputValue, StatementSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import type { Item } from "../value/attributeValue.ts";
import { type IndexKeyShape, indexKeyOf, type KeyBytes } from "../value/keys.ts";
import type { TableDatabase } from "./tableDatabase.ts";

/** The rows of one table. */
export interface Rows {
  get(key: KeyBytes): Item | undefined;
  /**
   * Prepares the write of a row and its index entries, or its deletion when there is no item, and
   * returns the function that runs it. Fails with a `ValidationException` when an index does not
   * accept the item.
   */
  prepareWrite(key: KeyBytes, item: Item | undefined): () => void;
  /** Number of rows. */
  count(): number;
  /** Reads a range of the table or of an index in order, lazily. No writes meanwhile. */
  range(range: RowRange): Iterable<Row>;
}

export interface Row {
  readonly pk: Buffer;
  readonly item: Item;
}

/** A bound of a sort key. */
interface Bound {
  readonly bytes: Buffer;
  readonly isIncluded: boolean;
}

export interface RowRange {
  /** Position of an index in the table's list; without it the table itself. */
  readonly index?: number | undefined;
  /** Only this partition; without it all. */
  readonly pk?: Buffer | undefined;
  readonly from?: Bound | undefined;
  readonly to?: Bound | undefined;
  /** The row after which to start; with `index` also its key in the index. */
  readonly after?: { readonly key: KeyBytes; readonly indexKey?: KeyBytes | undefined } | undefined;
  readonly isReversed?: boolean;
}

export interface TableRowsOptions {
  /** Number of the SQLite table. */
  readonly id: number;
  readonly indexes: readonly IndexKeyShape[];
}

/** Creates the SQLite table of a DynamoDB table and its indexes. */
export const createRowsSql = ({ id, indexes }: TableRowsOptions): string => {
  const columns = indexes.map((_, i) => `pk${i} BLOB, sk${i} BLOB, `).join("");
  const create = `CREATE TABLE rows_${id} (pk BLOB NOT NULL, sk BLOB NOT NULL, item TEXT NOT NULL, sum INTEGER NOT NULL, ${columns}PRIMARY KEY (pk, sk)) WITHOUT ROWID`;
  const createIndexes = indexes.map(
    (_, i) =>
      `CREATE INDEX rows_${id}_${i} ON rows_${id} (pk${i}, sk${i}) WHERE pk${i} IS NOT NULL`,
  );
  return [create, ...createIndexes].join(";");
};

export const dropRowsSql = (id: number): string => `DROP TABLE rows_${id}`;

/**
 * The rows of one table in its SQLite table. Each row has its keys in the indexes as columns, with
 * SQLite's own indexes on them, so that an index always agrees with its table.
 */
export const openRows = (database: TableDatabase, { id, indexes }: TableRowsOptions): Rows => {
  const table = `rows_${id}`;
  const columns = 4 + 2 * indexes.length;
  const get = database.prepare(`SELECT item FROM ${table} WHERE pk = ? AND sk = ?`);
  const put = database.prepare(
    `INSERT OR REPLACE INTO ${table} VALUES (${Array(columns).fill("?").join()})`,
  );
  const remove = database.prepare(`DELETE FROM ${table} WHERE pk = ? AND sk = ?`);
  const count = database.prepare(`SELECT count(*) AS rows FROM ${table}`);
  const ranges = new Map<string, StatementSync>();
  const rangeStatement = (sql: string): StatementSync => {
    const known = ranges.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    ranges.set(sql, statement);
    return statement;
  };
  return {
    get({ pk, sk }) {
      const text = get.get(pk, sk)?.item;
      return typeof text === "string" ? parseItem(text) : undefined;
    },
    prepareWrite({ pk, sk }, item) {
      if (item === undefined) return () => database.run(remove, [pk, sk]);
      const text = JSON.stringify(item);
      const keys = indexes.flatMap((index) => {
        const key = indexKeyOf(item, index);
        return key === undefined ? [null, null] : [key.pk, key.sk];
      });
      const values = [pk, sk, text, rowSum(pk, sk, text), ...keys];
      return () => database.run(put, values);
    },
    count: () => Number(count.get()?.rows),
    *range(range) {
      const { sql, values } = selectRange(table, range);
      for (const { pk, item } of rangeStatement(sql).iterate(...values)) {
        if (typeof item === "string" && pk instanceof Uint8Array) {
          yield { pk: Buffer.from(pk.buffer, pk.byteOffset, pk.length), item: parseItem(item) };
        }
      }
    },
  };
};

/** Only text of `JSON.stringify` is stored. */
const parseItem = (text: string): Item => JSON.parse(text);

/** The checksum of a row. SQLite itself checks that the columns of the indexes agree with them. */
export const rowSum = (pk: Uint8Array, sk: Uint8Array, item: string): number =>
  crc32(item, crc32(sk, crc32(pk)));

/**
 * The statement that reads a range. Each end of a range within a partition has one bound: with two,
 * SQLite begins at the first one and reads every row up to the other one.
 */
export const selectRange = (
  table: string,
  { index, pk, from, to, after, isReversed = false }: RowRange,
): { sql: string; values: SQLInputValue[] } => {
  const [partition, sort] = index === undefined ? ["pk", "sk"] : [`pk${index}`, `sk${index}`];
  const order = index === undefined ? ["pk", "sk"] : [partition, sort, "pk", "sk"];
  const conditions: string[] = [];
  const values: SQLInputValue[] = [];
  const add = (condition: string, ...more: readonly Buffer[]): void => {
    conditions.push(condition);
    values.push(...more);
  };
  if (pk !== undefined) add(`${partition} = ?`, pk);
  else if (index !== undefined) add(`${partition} IS NOT NULL`);
  const start = pk === undefined ? undefined : startOf(after);
  const lower = isReversed ? from : tighter(from, start, 1);
  const upper = isReversed ? tighter(to, start, -1) : to;
  if (lower !== undefined) add(`${sort} ${lower.isIncluded ? ">=" : ">"} ?`, lower.bytes);
  if (upper !== undefined) add(`${sort} ${upper.isIncluded ? "<=" : "<"} ?`, upper.bytes);
  // Rows of an index may have the same sort key; those of a table do not.
  if (after !== undefined && (pk === undefined || index !== undefined)) {
    const { key, indexKey } = after;
    const names = pk === undefined ? order : order.slice(1);
    const position = [...(indexKey ? [indexKey.pk, indexKey.sk] : []), key.pk, key.sk];
    add(
      `(${names.join()}) ${isReversed ? "<" : ">"} (${names.map(() => "?").join()})`,
      ...position.slice(-names.length),
    );
  }
  const where = conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
  const orders = order.map((name) => `${name}${isReversed ? " DESC" : ""}`).join();
  const source = index === undefined ? table : `${table} INDEXED BY ${table}_${index}`;
  return { sql: `SELECT pk, item FROM ${source}${where} ORDER BY ${orders}`, values };
};

/** The bound of a page that begins after a row: of an index, rows with its sort key may follow. */
const startOf = (after: RowRange["after"]): Bound | undefined =>
  after && { bytes: (after.indexKey ?? after.key).sk, isIncluded: after.indexKey !== undefined };

/** The bound that leaves fewer rows: the higher one for `sign` 1, the lower one for -1. */
const tighter = (one: Bound | undefined, other: Bound | undefined, sign: 1 | -1) => {
  if (one === undefined || other === undefined) return one ?? other;
  const order = sign * Buffer.compare(one.bytes, other.bytes);
  if (order === 0) return one.isIncluded ? other : one;
  return order > 0 ? one : other;
};
