import type { Row, RowStore } from "../../../../local/table/replication/rowStore.ts";

/** Rows and marks in memory, which outlive the replicas that use them. */
export const memoryRows = () => {
  const items = new Map<string, object>();
  const marks = new Map<string, unknown>();
  const idOf = ({ table, key }: Row) => `${table}~${key}`;
  const put = <Value>(map: Map<string, Value>, key: string, value: Value | undefined) => {
    if (value === undefined) map.delete(key);
    else map.set(key, value);
  };
  let last: Promise<unknown> = Promise.resolve();
  const store: RowStore = {
    withRow(_, run) {
      const done = last.then(run);
      last = done.catch(() => {});
      return done;
    },
    item: async (row) => items.get(idOf(row)),
    async write(row, item, more) {
      put(items, idOf(row), item);
      for (const { key, value } of more) put(marks, key, value);
    },
    mark: async (key) => marks.get(key),
    async writeMarks(more) {
      for (const { key, value } of more) put(marks, key, value);
    },
    async *marksWith(prefix) {
      for (const [key, value] of [...marks]) if (key.startsWith(prefix)) yield { key, value };
    },
    async *rowKeys(table) {
      const prefix = `${table}~`;
      for (const id of [...items.keys()]) if (id.startsWith(prefix)) yield id.slice(prefix.length);
    },
  };
  return { store, items, marks };
};
