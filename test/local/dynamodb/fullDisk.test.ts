import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { openTableEngine } from "../../../local/dynamodb/engine.ts";
import { openDiskSpace } from "../../../local/state/diskSpace.ts";

const TableName = "rows";

const open = async () => {
  const folder = mkdtempSync(join(tmpdir(), "full-tables-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const space = openDiskSpace();
  const engine = openTableEngine({ region: "us-east-1", folder, durability: "process", space });
  await engine.execute("CreateTable", {
    TableName,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
  });
  const pages = (more: number) => {
    const count = Number(engine.database.prepare("PRAGMA page_count").get()?.page_count);
    engine.database.prepare(`PRAGMA max_page_count = ${count + more}`).get();
  };
  const put = (pk: string, more: object = {}) =>
    engine.execute("PutItem", {
      TableName,
      Item: { pk: { S: pk }, text: { S: "x".repeat(50_000) } },
      ...more,
    });
  const keys = async () =>
    JSON.stringify(await engine.execute("Scan", { TableName, ProjectionExpression: "pk" }));
  return { folder, engine, space, put, keys, fill: () => pages(1), free: () => pages(100_000) };
};

it("writes wait while the disk is full, reads see what is stored, and nothing is lost", async () => {
  const { folder, engine, space, put, keys, fill, free } = await open();
  await put("before");
  fill();
  const once = { ConditionExpression: "attribute_not_exists(pk)" };
  const done: string[] = [];
  const writes = ["a", "b"].map((pk) => put(pk, once).then(() => done.push(pk)));
  // It must wait for the first write of the same item.
  const repeated = put("a", once).catch((error: unknown) => error);
  for (let turns = 0; turns < 20; turns += 1) await turn();
  expect(space.isFull).toBe(true);
  expect(done).toEqual([]);
  expect(await keys()).not.toContain('"a"');
  free();
  await Promise.all(writes);
  expect(await repeated).toMatchObject({ code: "ConditionalCheckFailedException" });
  expect(space.isFull).toBe(false);
  engine.close();
  const again = openTableEngine({ region: "us-east-1", folder });
  for (const pk of ["a", "b", "before"]) {
    expect(await again.execute("GetItem", { TableName, Key: { pk: { S: pk } } })).toHaveProperty(
      "Item",
    );
  }
  again.close();
});
