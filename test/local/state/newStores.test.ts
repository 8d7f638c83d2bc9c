import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import { openChangeCounter } from "../../../local/state/changeCounter.ts";
import { checkQueues, checkTables } from "../../../local/state/checkStores.ts";

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

const begun = ["state.json", "LOCK", "LOG", "MANIFEST-000001", "000001.dbtmp"];

describe("tables whose first start was killed", () => {
  it.each([
    { names: ["state.json.1.unfinished"] },
    { names: ["state.json", "LOCK", "LOG"] },
    { names: begun },
  ])("are empty: $names", async ({ names }) => {
    expect(await checkTables(placeWith(names))).toEqual({ count: 0 });
  });

  it("are empty when the counter is 0", async () => {
    const place = placeWith(begun);
    openChangeCounter(place.counterFile, id, 0).close();
    expect(await checkTables(place)).toEqual({ count: 0 });
  });
});

it.each(["000005.ldb", "000004.log"])(
  "tables without CURRENT and with %s are damaged",
  async (name) => {
    expect(await checkTables(placeWith([...begun, name]))).toEqual({
      damage: "CURRENT is missing",
    });
  },
);

it("tables without CURRENT and with a count are damaged", async () => {
  const place = placeWith(begun);
  openChangeCounter(place.counterFile, id, 1).close();
  expect(await checkTables(place)).toEqual({ damage: "CURRENT is missing" });
});

describe("queues whose first start was killed", () => {
  it.each([
    { names: ["state.json.1.unfinished"] },
    { names: ["state.json", "fauxqs.db"] },
    { names: ["state.json", "fauxqs.db", "fauxqs.db-wal"] },
  ])("are empty: $names", ({ names }) => {
    expect(checkQueues(placeWith(names))).toEqual({ count: 0 });
  });

  it("are empty when some of their tables exist", () => {
    const place = placeWith([]);
    const database = new DatabaseSync(join(place.folder, "fauxqs.db"));
    database.exec("CREATE TABLE sqs_messages (body TEXT, md5_of_body TEXT)");
    database.close();
    expect(checkQueues(place)).toEqual({ count: 0 });
  });
});

it("queues without tables and with a count are damaged", () => {
  const place = placeWith(["fauxqs.db"]);
  openChangeCounter(place.counterFile, id, 1).close();
  expect(checkQueues(place)).toHaveProperty("damage");
});
