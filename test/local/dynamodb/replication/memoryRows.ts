import type { Row, RowStore } from "../../../../local/dynamodb/replication/rowStore.ts";

/** Rows and marks in memory, which outlive the replicas that use them. */
export const memoryRows = () => {
  const items = new Map<string, object>();
  const marks = new Map<string, unknown>();
  const idOf = ({ table, key }: Row) => `${table}~${key}`;
  const put = <Value>(map: Map<string, Value>, key: string, value: Value | undefined) => {
    if (value === undefined) map.delete(key);
    else map.set(key, value);
  };
  const store: RowStore = {
    hasTable: () => true,
    item: (row) => items.get(idOf(row)),
    write(row, item, more) {
      put(items, idOf(row), item);
      for (const { key, value } of more) put(marks, key, value);
    },
    mark: (key) => marks.get(key),
    writeMarks(more) {
      for (const { key, value } of more) put(marks, key, value);
    },
    marksWith: (prefix) =>
      [...marks].flatMap(([key, value]) => (key.startsWith(prefix) ? [{ key, value }] : [])),
    *rowKeys(table) {
      const prefix = `${table}~`;
      for (const id of [...items.keys()]) if (id.startsWith(prefix)) yield id.slice(prefix.length);
    },
    committed: () => Promise.resolve(),
  };
  return { store, items, marks };
};
