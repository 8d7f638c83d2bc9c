import type { DynaliteStore } from "dynalite/db/index.js";
import { rowsOf, updateIndexes, withRow } from "./dynaliteInside.ts";
import { dynaliteRows } from "./replication/dynaliteRows.ts";

/** Deletes every row of a table, one by one. They are deleted in its replicas, too. Gives how many there were. */
export const wipeTable = async (store: DynaliteStore, table: string): Promise<number> => {
  const rows = dynaliteRows(store);
  let wiped = 0;
  for await (const key of rows.rowKeys(table)) {
    const row = { table, key };
    await withRow(store, row, async () => {
      await updateIndexes(store, table, { old: await rows.item(row), item: undefined });
      await store.db.del(`${rowsOf(table)}${key}`);
    });
    wiped += 1;
  }
  return wiped;
};
