import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it, onTestFinished, vi } from "vitest";
import { openDiskSpace } from "../../../local/state/diskSpace.ts";
import { openTransaction } from "../../../local/store/openTransaction.ts";

const open = () => {
  const folder = mkdtempSync(join(tmpdir(), "transaction-"));
  const database = new DatabaseSync(join(folder, "db"));
  onTestFinished(() => {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("CREATE TABLE rows (name TEXT PRIMARY KEY, body TEXT NOT NULL)");
  const exec = vi.spyOn(database, "exec");
  const counts = { added: 0, written: 0 };
  const space = openDiskSpace();
  const count = {
    add() {
      counts.added += 1;
    },
    written() {
      counts.written = counts.added;
    },
  };
  const transaction = openTransaction({ database, folder, space, count });
  const insert = database.prepare("INSERT OR REPLACE INTO rows VALUES (?, ?)");
  const pages = Number(database.prepare("PRAGMA page_count").get()?.page_count);
  return {
    transaction,
    space,
    counts,
    put: (name: string, body: string | null = "x".repeat(50_000)) =>
      transaction.run(insert, [name, body]),
    /** SQLite allocates no further pages and reports a full disk. */
    fill: () => database.exec(`PRAGMA max_page_count = ${pages + 2}`),
    /** Number of transactions started. */
    begun: () => exec.mock.calls.filter(([sql]) => sql === "BEGIN").length,
    free: () => database.exec("PRAGMA max_page_count = 1000000"),
    names: () =>
      database
        .prepare("SELECT name FROM rows ORDER BY name")
        .all()
        .map(({ name }) => name),
  };
};

it("commits nothing while the disk is full, and everything when there is space", async () => {
  const { transaction, space, counts, put, fill, free, names, begun } = open();
  put("a", "small");
  await transaction.committed();
  expect(counts).toEqual({ added: 1, written: 1 });
  fill();
  put("b");
  const done: string[] = [];
  const first = transaction.committed().then(() => done.push("b"));
  await vi.waitFor(() => expect(space.isFull).toBe(true), 5_000);
  put("c");
  const second = transaction.committed().then(() => done.push("c"));
  const attempts = begun();
  await vi.waitFor(() => expect(begun()).toBeGreaterThan(attempts), 5_000);
  expect({ done, written: counts.written, names: names() }).toEqual({
    done: [],
    written: 1,
    names: ["a"],
  });
  free();
  await Promise.all([first, second]);
  expect(names()).toEqual(["a", "b", "c"]);
  expect(space.isFull).toBe(false);
  put("d");
  await transaction.committed();
  expect(names()).toEqual(["a", "b", "c", "d"]);
  expect(counts.written).toBe(counts.added);
});

it("a failing change fails alone", async () => {
  const { transaction, put, names } = open();
  expect(() => put("a", null)).toThrow("NOT NULL");
  put("b");
  await transaction.committed();
  expect(names()).toEqual(["b"]);
});
