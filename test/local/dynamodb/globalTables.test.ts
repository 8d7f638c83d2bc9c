import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import * as z from "zod";
import type { Replication } from "../../../local/dynamodb/replication/replicator.ts";
import { tableProvider } from "../../../local/dynamodb/tableProvider.ts";
import { startTables, type Tables } from "../../../local/dynamodb/tables.ts";
import { awsJsonClient } from "../../../local/http/awsJsonClient.ts";
import { credentials, signing } from "../support/signing.ts";

const [here, there] = ["eu-west-1", "us-east-1"] as const;
const table = "sessions";
const at: Replication = { state: "running", lagMs: 0 };
const waitMsMax = 10_000;

interface Replica {
  readonly tables: Tables;
  call(action: string, more: object): Promise<unknown>;
  keys(): Promise<string[]>;
  ownedBy(owner: string): Promise<string[]>;
}

const items = z.object({ Items: z.array(z.object({ pk: z.object({ S: z.string() }) })) });

const replicaOf = (tables: Tables, region: string): Replica => {
  const options = { target: "DynamoDB_20120810", version: "1.0", socketsMax: 1 } as const;
  const dynamo = awsJsonClient({
    ...options,
    url: tables.url,
    signing: signing("dynamodb", region),
  });
  onTestFinished(dynamo.close);
  const call = (action: string, more: object) => dynamo.call(action, { TableName: table, ...more });
  const keysIn = async (answer: Promise<unknown>) =>
    items
      .parse(await answer)
      .Items.map(({ pk }) => pk.S)
      .sort();
  return {
    tables,
    call,
    keys: () => keysIn(call("Scan", {})),
    ownedBy: (owner) =>
      keysIn(
        call("Query", {
          IndexName: "byOwner",
          KeyConditionExpression: "#o = :o",
          ExpressionAttributeNames: { "#o": "owner" },
          ExpressionAttributeValues: { ":o": { S: owner } },
        }),
      ),
  };
};

/** Two regions with a table in both. */
const start = async (folders: readonly string[] = []): Promise<[Replica, Replica]> => {
  const onFatalError = (error: Error) => expect.unreachable(error.message);
  const open = async (region: string, folder?: string) => {
    const tables = await startTables({ region, credentials, folder, onFatalError });
    onTestFinished(tables.stop);
    return tables;
  };
  const [one, two] = [await open(here, folders[0]), await open(there, folders[1])];
  await one.connect(new Map([[there, two]]));
  await two.connect(new Map([[here, one]]));
  const kind = tableProvider((region) => (region === here ? one : two));
  const properties = {
    TableName: table,
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
    BillingMode: "PAY_PER_REQUEST",
    Replicas: [{ Region: here }, { Region: there }],
  };
  const place = { logicalId: "T", stack: "S", region: here, account: "0" };
  await kind.create(kind.properties.parse(properties), place);
  await Promise.all([one, two].map((tables) => tables.setReplication(at)));
  return [replicaOf(one, here), replicaOf(two, there)];
};

const eventually = (look: () => Promise<unknown>, expected: unknown) =>
  vi.waitFor(async () => expect(await look()).toEqual(expected), waitMsMax);

const put = ({ call }: Replica, pk: string, owner = "ann") =>
  call("PutItem", { Item: { pk: { S: pk }, owner: { S: owner } } });

it("a row written, changed and deleted in one region is replicated to the other, with its index", async () => {
  const [one, two] = await start();
  await put(one, "a");
  await put(two, "b");
  for (const each of [one, two]) await eventually(each.keys, ["a", "b"]);
  await two.call("UpdateItem", {
    Key: { pk: { S: "a" } },
    UpdateExpression: "SET #o = :o",
    ExpressionAttributeNames: { "#o": "owner" },
    ExpressionAttributeValues: { ":o": { S: "bob" } },
  });
  await eventually(() => one.ownedBy("bob"), ["a"]);
  expect(await one.ownedBy("ann")).toEqual(["b"]);
  await one.call("DeleteItem", { Key: { pk: { S: "a" } } });
  await eventually(two.keys, ["b"]);
  expect(await two.ownedBy("bob")).toEqual([]);
});

it("writes during a paused replication wait and catch up", async () => {
  const [one, two] = await start();
  await one.tables.setReplication({ ...at, state: "paused" });
  await put(one, "a");
  await put(two, "b");
  await eventually(one.keys, ["a", "b"]);
  expect(await two.keys()).toEqual(["b"]);
  expect(await one.tables.backlog()).toEqual({ [there]: 1 });
  await one.tables.setReplication({ ...at, state: "cut" });
  await put(two, "c");
  await one.tables.setReplication({ ...at, state: "paused" });
  await eventually(one.keys, ["a", "b", "c"]);
  await one.tables.setReplication(at);
  await eventually(two.keys, ["a", "b", "c"]);
  await eventually(one.tables.backlog, { [there]: 0 });
});

it("a region that is cut or stopped receives no changes until it is back", async () => {
  const [one, two] = await start();
  const isStopped = { conditions: { tables: { isStopped: true } }, peers: {} };
  await two.tables.setReplication({ ...at, state: "cut" });
  await put(one, "a");
  await two.tables.setReplication(at);
  await eventually(two.keys, ["a"]);
  await two.tables.setInterceptor(isStopped);
  await put(one, "b");
  await two.tables.setInterceptor({ conditions: {}, peers: {} });
  await eventually(two.keys, ["a", "b"]);
});

it("a row is replicated after the lag", async () => {
  const [one, two] = await start();
  await one.tables.setReplication({ ...at, lagMs: 3_600_000 });
  await put(one, "a");
  await put(two, "b");
  await eventually(one.keys, ["a", "b"]);
  expect(await two.keys()).toEqual(["b"]);
  await one.tables.setReplication(at);
  await eventually(two.keys, ["a", "b"]);
});

it("a wiped table is wiped in every region", async () => {
  const [one, two] = await start();
  await Promise.all([put(one, "a"), put(one, "b")]);
  await eventually(two.keys, ["a", "b"]);
  expect(await two.tables.wipe(table)).toBe(2);
  await eventually(one.keys, []);
  expect(await one.ownedBy("ann")).toEqual([]);
});

it("pending changes of a killed process are replicated after the next start", async () => {
  const root = await mkdtemp(join(tmpdir(), "replicas-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const folders = ["one", "two"].map((name) => join(root, name));
  const [one, two] = await start(folders);
  await put(one, "old");
  await eventually(two.keys, ["old"]);
  for (const { tables } of [one, two]) await tables.setReplication({ ...at, state: "paused" });
  await put(one, "a");
  await one.call("DeleteItem", { Key: { pk: { S: "old" } } });
  await put(two, "b");
  // The disk has the content that kill -9 would leave.
  const copies = folders.map((folder) => `${folder}-copy`);
  await cp(folders[0]!, copies[0]!, { recursive: true });
  await cp(folders[1]!, copies[1]!, { recursive: true });
  const again = await start(copies);
  for (const each of again) await eventually(each.keys, ["a", "b"]);
});
