import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import * as z from "zod";
import { readableRows } from "../../store/readableRows.ts";
import { assertItem } from "../value/attributeValue.ts";
import { keyOfItem } from "../value/keys.ts";
import { markSum, marksTable, openMarks } from "./marks.ts";
import { rowSum } from "./rows.ts";
import { plainDatabase, tablesFile } from "./tableDatabase.ts";
import { tableDefinition } from "./tableDefinition.ts";
import { definitionSum, definitionsTable, openTableSet } from "./tables.ts";

const definitionRow = z.object({ id: z.number(), definition: z.string(), sum: z.number() });
const markRow = z.object({ key: z.string(), value: z.string(), sum: z.number() });
const itemRow = z.object({
  pk: z.instanceof(Uint8Array),
  sk: z.instanceof(Uint8Array),
  item: z.string(),
  sum: z.number(),
});

/** Verifies the checksums of all rows; describes the first wrong one. */
export const findCorruptRow = (database: DatabaseSync): string | undefined => {
  for (const row of database.prepare(`SELECT * FROM ${marksTable}`).iterate()) {
    const { key, value, sum } = markRow.parse(row);
    if (markSum(key, value) !== sum) return "a replication mark is corrupt";
  }
  for (const row of database.prepare(`SELECT * FROM ${definitionsTable}`).all()) {
    const { id, definition, sum } = definitionRow.parse(row);
    if (definitionSum(id, definition) !== sum) return "the definition of a table is corrupt";
    const { TableName } = tableDefinition.parse(JSON.parse(definition));
    for (const one of database.prepare(selectRows(id)).iterate()) {
      const { pk, sk, item, sum: expected } = itemRow.parse(one);
      if (rowSum(pk, sk, item) !== expected) return `a row of the table ${TableName} is corrupt`;
    }
  }
  return undefined;
};

const selectRows = (id: number): string => `SELECT pk, sk, item, sum FROM rows_${id}`;

/**
 * Replaces the database of a folder by a new one with its readable tables, rows and marks. Returns
 * the number of rows.
 */
export const salvageTables = async (folder: string): Promise<number> => {
  const path = join(folder, tablesFile);
  const fresh = `${path}.new`;
  rmSync(fresh, { force: true });
  const target = plainDatabase(new DatabaseSync(fresh));
  const [tables, marks] = [openTableSet(target), openMarks(target)];
  target.exec("BEGIN");
  const source = new DatabaseSync(path);
  let rows = 0;
  for (const { id, definition, sum } of readable(source, definitionsTable, definitionRow, ["id"])) {
    if (definitionSum(id, definition) !== sum) continue;
    const table = await tables.create(tableDefinition.parse(JSON.parse(definition)));
    for (const found of readable(source, `rows_${id}`, itemRow, ["pk", "sk"])) {
      if (rowSum(found.pk, found.sk, found.item) !== found.sum) continue;
      const item: unknown = JSON.parse(found.item);
      assertItem(item);
      table.rows.prepareWrite(keyOfItem(item, table), item)();
    }
    rows += table.rows.count();
  }
  for (const { key, value, sum } of readable(source, marksTable, markRow, ["key"])) {
    if (markSum(key, value) === sum) marks.write([{ key, value: JSON.parse(value) }]);
  }
  target.exec("COMMIT");
  target.close();
  source.close();
  for (const end of ["-wal", "-shm"]) rmSync(`${path}${end}`, { force: true });
  renameSync(fresh, path);
  return rows;
};

/** The readable rows of a table that have this schema. */
function* readable<Schema extends z.ZodType>(
  source: DatabaseSync,
  table: string,
  schema: Schema,
  key: readonly string[],
): Iterable<z.output<Schema>> {
  for (const row of readableRows(source, table, key)) {
    const parsed = schema.safeParse(row);
    if (parsed.success) yield parsed.data;
  }
}
