import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openTableEngine } from "../../../local/dynamodb/engine.ts";
import { tablesFile } from "../../../local/dynamodb/store/tableDatabase.ts";
import { salvageTables } from "../../../local/dynamodb/store/tableFile.ts";
import { checkTables } from "../../../local/state/checkStores.ts";

const TableName = "rows";
const counter = { id: "folder", from: 0 };

/** Tables with 30 rows, whose process has stopped. */
const writtenTables = async () => {
  const folder = mkdtempSync(join(tmpdir(), "table-file-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const counterFile = join(folder, "count");
  const engine = openTableEngine({
    region: "us-east-1",
    folder,
    durability: "process",
    counterConfig: { ...counter, counterFile },
  });
  await engine.execute("CreateTable", {
    TableName,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: ["pk", "owner"].map((AttributeName) => ({
      AttributeName,
      AttributeType: "S",
    })),
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    GlobalSecondaryIndexes: [
      {
        IndexName: "byOwner",
        KeySchema: [{ AttributeName: "owner", KeyType: "HASH" }],
        Projection: { ProjectionType: "ALL" },
      },
    ],
  });
  for (let i = 0; i < 30; i += 1) {
    const Item = { pk: { S: `row ${i}` }, owner: { S: "ann" }, words: { S: `words of ${i}.` } };
    await engine.execute("PutItem", { TableName, Item });
  }
  engine.marks.write([{ key: "a mark", value: { stamp: "its stamp" } }]);
  await engine.database.committed();
  engine.close();
  return { folder, location: { folder, counterFile, id: counter.id } };
};

/** Changes a byte in the middle of a text of the file. */
const change = (folder: string, text: string): void => {
  const path = join(folder, tablesFile);
  const bytes = readFileSync(path);
  const at = bytes.indexOf(text) + Math.floor(text.length / 2);
  expect(at).toBeGreaterThan(text.length);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
};

it.each([
  ["words of 7.", "a row of the table rows is corrupt"],
  ['"TableName":"rows"', "the definition of a table is corrupt"],
  ["its stamp", "a replication mark is corrupt"],
])("a changed byte in %s is found", async (text, damage) => {
  const { folder, location } = await writtenTables();
  expect(checkTables(location)).toEqual({ count: expect.any(Number) });
  change(folder, text);
  expect(checkTables(location)).toEqual({ damage });
});

it("a repair keeps every row but the corrupt one, also in its index", async () => {
  const { folder } = await writtenTables();
  change(folder, "words of 7.");
  expect(await salvageTables(folder)).toBe(29);
  const engine = openTableEngine({ region: "us-east-1", folder });
  const query = {
    TableName,
    IndexName: "byOwner",
    KeyConditionExpression: "#owner = :ann",
    ExpressionAttributeNames: { "#owner": "owner" },
    ExpressionAttributeValues: { ":ann": { S: "ann" } },
  };
  expect(await engine.execute("Query", query)).toMatchObject({ Count: 29 });
  const get = { TableName, Key: { pk: { S: "row 7" } } };
  expect(await engine.execute("GetItem", get)).toEqual({});
  expect(engine.marks.mark("a mark")).toEqual({ stamp: "its stamp" });
  engine.close();
});
