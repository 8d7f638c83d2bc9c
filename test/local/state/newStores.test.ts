import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import { openChangeCounter } from "../../../local/state/changeCounter.ts";
import { checkBuckets, checkQueues, checkTables } from "../../../local/state/checkStores.ts";
import { openState } from "../../../local/state/openState.ts";

const id = "folder";

/** A store with these empty files. */
const placeWith = (names: readonly string[]) => {
  const parent = mkdtempSync(join(tmpdir(), "new-store-"));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  const folder = join(parent, "store");
  mkdirSync(folder);
  for (const name of names) writeFileSync(join(folder, name), "");
  return { folder, counterFile: join(parent, "count"), id };
};

describe("tables whose first start was killed", () => {
  it.each([
    { names: ["state.json.1.unfinished"] },
    { names: ["state.json", "dynamodb.db"] },
    { names: ["state.json", "dynamodb.db", "dynamodb.db-wal"] },
  ])("are empty: $names", ({ names }) => {
    expect(checkTables(placeWith(names))).toEqual({ count: 0 });
  });

  it("are empty when the counter is 0", () => {
    const place = placeWith(["dynamodb.db"]);
    openChangeCounter(place.counterFile, id, 0).close();
    expect(checkTables(place)).toEqual({ count: 0 });
  });
});

it("tables without their file or its content and with a count are damaged", () => {
  for (const names of [["dynamodb.db"], ["dynamodb.db-wal"], []]) {
    const place = placeWith(names);
    openChangeCounter(place.counterFile, id, 1).close();
    expect(checkTables(place)).toHaveProperty("damage");
  }
});

describe("queues whose first start was killed", () => {
  it.each([
    { names: ["state.json.1.unfinished"] },
    { names: ["state.json", "0000000001.journal"] },
  ])("are empty: $names", ({ names }) => {
    expect(checkQueues(placeWith(names))).toEqual({ count: 0 });
  });
});

it("queues without records and with a count are damaged", () => {
  const place = placeWith(["0000000001.journal"]);
  openChangeCounter(place.counterFile, id, 1).close();
  expect(checkQueues(place)).toHaveProperty("damage");
});

describe("buckets whose first start was killed", () => {
  it.each([
    { names: ["state.json.1.unfinished"] },
    { names: ["state.json", "objects.db"] },
    { names: ["state.json", "objects.db", "objects.db-wal"] },
  ])("are empty: $names", ({ names }) => {
    expect(checkBuckets(placeWith(names))).toEqual({ count: 0 });
  });

  it("are empty when some of their tables exist", () => {
    const place = placeWith([]);
    const database = new DatabaseSync(join(place.folder, "objects.db"));
    database.exec("CREATE TABLE objects (body BLOB, etag TEXT)");
    database.close();
    expect(checkBuckets(place)).toEqual({ count: 0 });
  });
});

it("buckets without tables and with a count are damaged", () => {
  const place = placeWith(["objects.db"]);
  openChangeCounter(place.counterFile, id, 1).close();
  expect(checkBuckets(place)).toHaveProperty("damage");
});

it("a folder with the queues of an earlier version is refused by name, and not changed", async () => {
  const { folder } = placeWith([]);
  mkdirSync(join(folder, "queues"));
  writeFileSync(join(folder, "queues", "fauxqs.db"), "");
  await expect(openState(folder, { isRepair: false, log: () => {} })).rejects.toMatchObject({
    name: "StartError",
    message: expect.stringContaining(join(folder, "queues", "fauxqs.db")),
  });
  expect(readdirSync(folder)).toEqual(["queues"]);
});
