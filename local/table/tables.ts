import { MessageChannel, type MessagePort } from "node:worker_threads";
import * as z from "zod";
import { awsJson } from "../awsJson.ts";
import type { DoorState } from "../fault/door.ts";
import type { Credentials } from "../http/signature.ts";
import type { Log } from "../log.ts";
import type { ResourceKind } from "../resource.ts";
import { startServiceThread } from "../serviceThread.ts";
import type { Stored } from "../state/counter.ts";
import { type DiskSpace, openDiskSpace } from "../state/diskSpace.ts";
import { openTally, type Tally } from "../tally.ts";
import { deleteExpired, type ExpiringTable } from "./expiry.ts";
import { makeTable, type TableRequest } from "./makeTable.ts";
import type { Replication } from "./replication/replicator.ts";
import { tableKind } from "./tableKind.ts";

/** DynamoDB of the local cloud. */
export interface Tables {
  readonly url: string;
  readonly kinds: ResourceKind[];
  /** Writes an item of JSON values, in the place of one with its key. Fails with an `AwsError`. */
  put(table: string, item: object): Promise<void>;
  /** Makes a table, or finds that of an earlier start. */
  make(table: TableRequest): Promise<void>;
  /** The other regions of this cloud, which get the replicas that a template asks for there. */
  connect(others: ReadonlyMap<string, Tables>): Promise<void>;
  /** Takes one end of a link to another region's tables, which replicate over it. */
  link(region: string, port: MessagePort): Promise<void>;
  setReplication(replication: Replication): Promise<void>;
  /** By region, how many rows wait to be sent there. */
  backlog(): Promise<Record<string, number>>;
  /** Deletes every row of a table, which its replicas hear of. Gives how many there were. */
  wipe(table: string): Promise<number>;
  setDoor(state: DoorState): Promise<void>;
  stop(): Promise<void>;
}

export interface TablesOptions {
  readonly region: string;
  /** Who may ask. */
  readonly credentials: Credentials;
  /** Where to keep everything. Without it everything is in memory. */
  readonly folder?: string | undefined;
  readonly stored?: Stored | undefined;
  readonly tally?: Tally;
  readonly space?: DiskSpace;
  readonly log?: Log;
  readonly onDeath: (error: Error) => void;
}

/** Expired items go within this time. DynamoDB takes up to some days. */
const sweepEveryMs = 3_600_000;

/** Items that are written at once: enough that a slow one does not hold up the replies behind it. */
const putsAtOnceMax = 16;

const rowCounts = z.record(z.string(), z.number());

/** Starts DynamoDB in a thread of its own: under load that halves the work of the thread that the broker is in. */
export const startTables = async (options: TablesOptions): Promise<Tables> => {
  const { region, credentials, folder, stored, log, onDeath } = options;
  const { tally = openTally(), space = openDiskSpace() } = options;
  const file = new URL("./tableThread.ts", import.meta.url);
  const data = { region, credentials, folder, stored, tally: tally.memory, space: space.memory };
  const thread = await startServiceThread({ file, data, log, onDeath });
  const { url } = thread;
  const signing = { credentials, region, service: "dynamodb" };
  const protocol = { url, signing, target: "DynamoDB_20120810", version: "1.0" } as const;
  const dynamo = awsJson({ ...protocol, socketsMax: 1 });
  const writer = awsJson({ ...protocol, socketsMax: putsAtOnceMax });
  const expiring: ExpiringTable[] = [];
  const sweep = async () => {
    const nowSeconds = Math.floor(Date.now() / 1_000);
    for (const table of expiring) await deleteExpired(dynamo, table, nowSeconds);
  };
  // A sweep that fails is made up for by the next.
  const timer = setInterval(() => void sweep().catch(() => {}), sweepEveryMs);
  let peers: ReadonlyMap<string, Tables> = new Map();
  const make = async (table: TableRequest): Promise<void> => {
    await makeTable(dynamo, table);
    if (table.expiring !== undefined) expiring.push(table.expiring);
    const regions = table.regions.filter((where) => peers.has(where));
    if (regions.length === 0) return;
    await thread.ask({ kind: "replicate", table: table.name, regions });
  };
  const link = async (where: string, port: MessagePort): Promise<void> => {
    await thread.ask({ kind: "connect", region: where, port }, [port]);
  };
  return {
    url,
    kinds: [tableKind((where) => (where === region ? { make } : peers.get(where)))],
    make,
    async connect(others) {
      peers = others;
      for (const [where, other] of others) {
        // One link for two regions: the first of them makes it.
        if (where < region) continue;
        const { port1, port2 } = new MessageChannel();
        await Promise.all([link(where, port1), other.link(region, port2)]);
      }
    },
    link,
    async setReplication(replication) {
      await thread.ask({ kind: "replication", replication });
    },
    backlog: async () => rowCounts.parse(await thread.ask({ kind: "backlog" })),
    wipe: async (table) => z.number().parse(await thread.ask({ kind: "wipe", table })),
    async put(table, item) {
      await writer.call("PutItem", { TableName: table, Item: attributeValues(item) });
    },
    async setDoor(door) {
      await thread.ask({ kind: "door", state: door });
    },
    async stop() {
      clearInterval(timer);
      dynamo.close();
      writer.close();
      await thread.stop();
    },
  };
};

/** A JSON value in DynamoDB's own format: `{ "S": "text" }`. */
export const attributeValue = (value: unknown): object => {
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  if (typeof value === "boolean") return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(attributeValue) };
  if (typeof value === "object" && value !== null) return { M: attributeValues(value) };
  return { NULL: true };
};

/** The same of each property: an item. */
export const attributeValues = (item: object): Record<string, object> =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, attributeValue(value)]));
