import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { createTable } from "../../../local/dynamodb/createTable.ts";
import { startTableServer } from "../../../local/dynamodb/tableServer.ts";
import { awsJsonClient } from "../../../local/http/awsJsonClient.ts";
import { openAuthority } from "../../../local/iot/certificate/authority.ts";
import { openRegistry } from "../../../local/iot/registry.ts";
import { openKeyRing } from "../../../local/kms/keyRing.ts";
import { openUsageMeter } from "../../../local/platform/usageMeter.ts";
import { s3Client } from "../../../local/s3/s3Client.ts";
import { startS3Server } from "../../../local/s3/s3Server.ts";
import { startSqs } from "../../../local/sqs/sqs.ts";
import { assertFirstRegion } from "../../../local/state/firstRegion.ts";
import { openState } from "../../../local/state/openState.ts";
import { credentials, signing } from "../support/signing.ts";

const region = "us-east-1";
const log = () => {};
const parent = mkdtempSync(join(tmpdir(), "damage-"));
let folders = 0;
const newFolder = () => join(parent, String(++folders));
const QueueUrl = (url: string) => `${url}/000000000000/q`;

/** The state of a cloud, without its other parts. */
const start = async (folder: string, isRepair = false) => {
  mkdirSync(folder, { recursive: true });
  const opened = await openState(folder, { isRepair, log });
  const create = (name: string) => {
    mkdirSync(join(folder, name), { recursive: true });
    return join(folder, name);
  };
  await assertFirstRegion(folder, region);
  const authority = await openAuthority(create("iot"));
  const registry = await openRegistry(create("iot"));
  const key = await openKeyRing(create("kms")).create("Stack-Key");
  // In this thread: starting a thread for each state would take most of the time.
  const common = { region, credentials, usageMeter: openUsageMeter() };
  const tableFolder = create("tables");
  const tables = await startTableServer({
    ...common,
    folder: tableFolder,
    durability: "process",
    counterConfig: await opened.counterConfigOf("tables"),
  });
  const onFatalError = (error: Error) => expect.unreachable(error.message);
  // The durability is irrelevant for a process that ends; waiting for the disk takes most time.
  const storeOptions = async (name: string) => ({
    ...common,
    folder: create(name),
    counterConfig: await opened.counterConfigOf(name),
    durability: "process" as const,
    onFatalError,
  });
  const queues = await startSqs(await storeOptions("sqs"));
  const buckets = await startS3Server(await storeOptions("s3"));
  const queuesUrl = queues.url;
  const dynamo = awsJsonClient({
    url: tables.url,
    signing: signing("dynamodb"),
    target: "DynamoDB_20120810",
    version: "1.0",
    socketsMax: 4,
  });
  const sqs = awsJsonClient({
    url: queuesUrl,
    signing: signing("sqs"),
    target: "AmazonSQS",
    version: "1.0",
    socketsMax: 4,
  });
  const s3 = s3Client(buckets.url, signing("s3"));
  return {
    ca: authority.caPem,
    key,
    registry,
    queuesUrl,
    dynamo,
    sqs,
    s3,
    /** As after `kill -9`: the folder is copied before the stop. */
    async stop() {
      dynamo.close();
      sqs.close();
      s3.close();
      await Promise.all([tables.stop(), queues.stop(), buckets.stop()]);
      opened.close();
    },
  };
};

type Started = Awaited<ReturnType<typeof start>>;

const write = async ({ dynamo, sqs, s3, queuesUrl, registry }: Started, from: number) => {
  const names = z.object({ TableNames: z.array(z.string()) });
  if (!names.parse(await dynamo.call("ListTables", {})).TableNames.includes("rows")) {
    await createTable(dynamo, {
      name: "rows",
      regions: [region],
      shape: {
        AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
        GlobalSecondaryIndexes: [],
      },
    });
    await sqs.call("CreateQueue", { QueueName: "q" });
    await s3.createBucket("bucket");
  }
  for (let i = from; i < from + 20; i += 1) {
    const row = { pk: { S: `row ${i}` }, text: { S: "x".repeat(200) } };
    await dynamo.call("PutItem", { TableName: "rows", Item: row });
    const message = { QueueUrl: QueueUrl(queuesUrl), MessageBody: `message ${i}` };
    await sqs.call("SendMessage", message);
    await s3.put("bucket", `object ${i}`, "y".repeat(200));
    await registry.things.put(`thing-${i}`, {
      name: `thing-${i}`,
      id: String(i),
      attributes: {},
      version: 1,
    });
  }
};

const attributes = z.object({ Attributes: z.object({ ApproximateNumberOfMessages: z.string() }) });
const scanned = z.object({ Count: z.number() });

const contents = async ({ ca, key, dynamo, sqs, queuesUrl, registry }: Started) => {
  const query = { QueueUrl: QueueUrl(queuesUrl), AttributeNames: ["ApproximateNumberOfMessages"] };
  const found = attributes.parse(await sqs.call("GetQueueAttributes", query));
  return {
    ca,
    key,
    rows: scanned.parse(await dynamo.call("Scan", { TableName: "rows" })).Count,
    messages: Number(found.Attributes.ApproximateNumberOfMessages),
    things: [...registry.things.all()].length,
  };
};

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => relative(folder, join(one.parentPath, one.name)));

/** One file of each kind is damaged; of numbered files, the last. */
const kindOf = (file: string): string => file.replaceAll(/\d+/g, "N");

let states: Record<"stopped" | "killed" | "killed soon", string>;
let older: string;
let foreign: string;
let whole: Awaited<ReturnType<typeof contents>>;

beforeAll(async () => {
  foreign = newFolder();
  const other = await start(foreign);
  await write(other, 0);
  await other.stop();

  const folder = newFolder();
  const first = await start(folder);
  await write(first, 0);
  const soon = newFolder();
  cpSync(folder, soon, { recursive: true });
  await first.stop();
  older = newFolder();
  cpSync(folder, older, { recursive: true });
  const second = await start(folder);
  await write(second, 20);
  whole = await contents(second);
  const killed = newFolder();
  cpSync(folder, killed, { recursive: true });
  await second.stop();
  states = { stopped: folder, killed, "killed soon": soon };
}, 60_000);

afterAll(() => rmSync(parent, { recursive: true, force: true }));

const damages: Record<string, (path: string, file: string) => void> = {
  deleted: (path) => rmSync(path),
  "cut off": (path) => truncateSync(path, Math.floor(statSync(path).size / 2)),
  "changed in a byte": (path) => flip(path, 0.5),
  "replaced by an older copy": (path, file) => replace(path, join(older, file)),
};

const tried = {
  killed: ["deleted", "cut off", "changed in a byte", "replaced by an older copy"],
  stopped: ["changed in a byte"],
};

const flip = (path: string, part: number): void => {
  const bytes = readFileSync(path);
  const at = Math.min(bytes.length - 1, Math.floor(bytes.length * part));
  if (at >= 0) bytes[at] = (bytes[at] ?? 0) ^ 0x41;
  writeFileSync(path, bytes);
};

const replace = (path: string, by: string): void => {
  if (existsSync(by)) cpSync(by, path);
};

/** A start after a damage either has all data or names the damaged file. */
const outcome = async (folder: string) => {
  let started: Started;
  try {
    started = await start(folder);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      message,
      isNamed:
        error instanceof Error && error.name === "StartError" && message.includes("is damaged"),
    };
  }
  const found = await contents(started);
  await started.stop();
  return { found };
};

describe.each(["stopped", "killed"] as const)("the state folder of a %s cloud", (how) => {
  it("has all data without damage", async () => {
    const copy = newFolder();
    cpSync(states[how], copy, { recursive: true });
    expect(await outcome(copy)).toEqual({ found: whole });
  });

  it.each(tried[how])(
    "has all data, or fails the start with the reason, when any file is %s",
    async (damage) => {
      const byKind = new Map(filesIn(states[how]).map((file) => [kindOf(file), file]));
      const lost: unknown[] = [];
      for (const file of byKind.values()) {
        const copy = newFolder();
        cpSync(states[how], copy, { recursive: true });
        damages[damage]!(join(copy, file), file);
        const before = filesIn(copy).length;
        const result = await outcome(copy);
        const isKept = JSON.stringify(result.found) === JSON.stringify(whole);
        const isRefused = result.isNamed === true && filesIn(copy).length >= before;
        if (!isKept && !isRefused) lost.push({ file, result });
        rmSync(copy, { recursive: true, force: true });
      }
      expect(lost).toEqual([]);
    },
    120_000,
  );

  it.each(["tables", "sqs", "s3", "iot", "kms", "acknowledged"])(
    "reports when the folder %s is missing, outdated or of another state",
    async (name) => {
      for (const from of [undefined, older, foreign]) {
        const copy = newFolder();
        cpSync(states[how], copy, { recursive: true });
        rmSync(join(copy, name), { recursive: true });
        if (from !== undefined) cpSync(join(from, name), join(copy, name), { recursive: true });
        const result = await outcome(copy);
        // Its key is as old as the folder, and a smaller count is not damage.
        const isSame = (name === "kms" || name === "acknowledged") && from === older;
        if (isSame) expect(result.found).toEqual(whole);
        else expect(result).toMatchObject({ isNamed: true });
      }
    },
    60_000,
  );
});

it("a state folder that was killed and restarted before its first clean stop has all data", async () => {
  const copy = newFolder();
  cpSync(states["killed soon"], copy, { recursive: true });
  expect(await outcome(copy)).toMatchObject({ found: { rows: 20, messages: 20, things: 20 } });
});

it("a repair moves damaged files aside and continues with the rest", async () => {
  const copy = newFolder();
  cpSync(states.killed, copy, { recursive: true });
  flip(join(copy, "tables/dynamodb.db-wal"), 0.5);
  rmSync(join(copy, "iot/things/thing-3.json"));
  expect(await outcome(copy)).toMatchObject({ isNamed: true });
  const repaired = await start(copy, true);
  const found = await contents(repaired);
  await repaired.stop();
  expect(found).toMatchObject({ ca: whole.ca, key: whole.key, messages: 40, things: 39 });
  expect(readdirSync(copy).filter((name) => name.startsWith("damaged-"))).toHaveLength(1);
  expect(await outcome(copy)).toEqual({ found });
}, 30_000);
