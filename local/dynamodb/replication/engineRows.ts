import type { TableEngine } from "../engine.ts";
import { assertItem } from "../value/attributeValue.ts";
import { keyOfItem } from "../value/keys.ts";
import { parseRowKey, rowKeyOf } from "../value/rowKey.ts";
import type { RowStore } from "./rowStore.ts";

/** The rows and marks of a table engine. Its writes here add no marks of their own. */
export const engineRows = ({ tables, marks, database }: TableEngine): RowStore => ({
  hasTable: (name) => tables.find(name) !== undefined,
  item: ({ table, key }) => tables.find(table)?.rows.get(parseRowKey(key)),
  write({ table, key }, item, more) {
    if (item !== undefined) assertItem(item);
    tables.get(table).rows.prepareWrite(parseRowKey(key), item)();
    marks.write(more);
  },
  mark: marks.mark,
  writeMarks: marks.write,
  marksWith: marks.with,
  *rowKeys(name) {
    const table = tables.find(name);
    if (table === undefined) return;
    for (const { item } of table.rows.range({})) yield rowKeyOf(keyOfItem(item, table));
  },
  committed: database.committed,
});
