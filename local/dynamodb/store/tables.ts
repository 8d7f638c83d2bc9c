import { crc32 } from "node:zlib";
import * as z from "zod";
import { tableNotFound } from "../dynamoError.ts";
import type { IndexKeyShape, KeyShape } from "../value/keys.ts";
import { createRowsSql, dropRowsSql, openRows, type Rows } from "./rows.ts";
import type { TableDatabase } from "./tableDatabase.ts";
import {
  type IndexDefinition,
  keyShapeOf,
  type TableDefinition,
  tableDefinition,
} from "./tableDefinition.ts";

/** A table that is open. */
export interface Table extends KeyShape {
  readonly name: string;
  readonly definition: TableDefinition;
  /** The indexes, in the order of their columns. */
  readonly indexes: readonly TableIndex[];
  readonly rows: Rows;
}

export interface TableIndex extends IndexKeyShape {
  readonly definition: IndexDefinition;
}

/** The tables of a region. */
export interface TableSet {
  /** Fails with a `ResourceNotFoundException`. */
  get(name: string): Table;
  find(name: string): Table | undefined;
  /** Whether the name is in use, also by a table that is being created. */
  isUsed(name: string): boolean;
  /** Names in their order. */
  names(): readonly string[];
  /** Creates a table. The caller has checked the definition. */
  create(definition: TableDefinition): Promise<Table>;
  /** Replaces the definition of a table, whose keys and indexes stay. */
  change(table: Table, definition: TableDefinition): void;
  delete(table: Table): void;
}

/** The SQLite table of the definitions. */
export const definitionsTable = "tables";

/** The checksum of a stored definition. */
export const definitionSum = (id: number, text: string): number => crc32(text, id);

const stored = z.object({
  id: z.number(),
  definition: z.string().transform((text) => tableDefinition.parse(JSON.parse(text))),
});

/** The stored tables, with the numbers of their SQLite tables. */
export const readDefinitions = (
  database: Pick<TableDatabase, "prepare">,
): z.output<typeof stored>[] =>
  database
    .prepare(`SELECT id, definition FROM ${definitionsTable}`)
    .all()
    .map((row) => stored.parse(row));

/** Opens the tables of an earlier start. */
export const openTableSet = (database: TableDatabase): TableSet => {
  database.exec(
    `CREATE TABLE IF NOT EXISTS ${definitionsTable} (id INTEGER PRIMARY KEY, definition TEXT NOT NULL, sum INTEGER NOT NULL)`,
  );
  const put = database.prepare(`INSERT OR REPLACE INTO ${definitionsTable} VALUES (?, ?, ?)`);
  const store = (id: number, definition: TableDefinition): void => {
    const text = JSON.stringify(definition);
    database.run(put, [id, text, definitionSum(id, text)]);
  };
  const remove = database.prepare(`DELETE FROM ${definitionsTable} WHERE id = ?`);
  const tables = new Map<string, Table>();
  const ids = new Map<string, number>();
  const open = (id: number, definition: TableDefinition): Table => {
    const table = tableOf(database, id, definition);
    tables.set(table.name, table);
    ids.set(table.name, id);
    return table;
  };
  let last = 0;
  for (const { id, definition } of readDefinitions(database)) {
    last = Math.max(last, id);
    open(id, definition);
  }
  const find = (name: string) => tables.get(name);
  const idOf = (name: string): number => ids.get(name) ?? 0;
  return {
    find,
    isUsed: (name) => ids.has(name),
    get(name) {
      const table = find(name);
      if (table === undefined) throw tableNotFound();
      return table;
    },
    names: () => [...tables.keys()].sort(),
    async create(definition) {
      last += 1;
      const id = last;
      const indexes = indexesOf(definition);
      ids.set(definition.TableName, id);
      database.exec(createRowsSql({ id, indexes }));
      store(id, definition);
      // Statements can be prepared when the table exists, also after a full disk.
      await database.committed();
      return open(id, definition);
    },
    change(table, definition) {
      store(idOf(table.name), definition);
      tables.set(table.name, { ...table, definition });
    },
    delete({ name }) {
      const id = idOf(name);
      tables.delete(name);
      ids.delete(name);
      database.exec(dropRowsSql(id));
      database.run(remove, [id]);
    },
  };
};

/** The indexes of a table, in the order of their columns. */
export const indexesOf = (definition: TableDefinition): TableIndex[] =>
  definition.indexes.map((index) => ({
    ...keyShapeOf(index.KeySchema, definition.AttributeDefinitions),
    name: index.IndexName,
    definition: index,
  }));

const tableOf = (database: TableDatabase, id: number, definition: TableDefinition): Table => {
  const indexes = indexesOf(definition);
  return {
    ...keyShapeOf(definition.KeySchema, definition.AttributeDefinitions),
    name: definition.TableName,
    definition,
    indexes,
    rows: openRows(database, { id, indexes }),
  };
};
