import { MessageChannel, type MessagePort } from "node:worker_threads";
import * as z from "zod";
import type { InterceptorState } from "../fault/interceptor.ts";
import { awsJsonClient } from "../http/awsJsonClient.ts";
import type { Credentials } from "../http/signature.ts";
import type { Log } from "../platform/log.ts";
import { openUsageMeter, type UsageMeter } from "../platform/usageMeter.ts";
import type { CounterConfig } from "../state/changeCounter.ts";
import { type DiskSpace, openDiskSpace } from "../state/diskSpace.ts";
import type { ResourceProvider } from "../template/resourceProvider.ts";
import { startServiceThread } from "../thread/serviceThread.ts";
import { createTable, type TableRequest } from "./createTable.ts";
import { deleteExpired, type ExpiringTable } from "./expiry.ts";
import type { Replication } from "./replication/replicator.ts";
import { tableProvider } from "./tableProvider.ts";

/** DynamoDB of the local cloud. */
export interface Tables {
  readonly url: string;
  readonly providers: ResourceProvider[];
  /** Writes an item of JSON values, in the place of one with its key. Fails with an `AwsError`. */
  put(table: string, item: object): Promise<void>;
  /** Makes a table, or finds that of an earlier start. */
  create(table: TableRequest): Promise<void>;
  /** The other regions of this cloud, which get the replicas that a template asks for there. */
  connect(others: ReadonlyMap<string, Tables>): Promise<void>;
  /** Takes one end of a link to another region's tables, which replicate over it. */
  link(region: string, port: MessagePort): Promise<void>;
  setReplication(replication: Replication): Promise<void>;
  /** By region, how many rows wait to be sent there. */
  backlog(): Promise<Record<string, number>>;
  /** Deletes every row of a table, which its replicas hear of. Gives how many there were. */
  wipe(table: string): Promise<number>;
  setInterceptor(state: InterceptorState): Promise<void>;
  stop(): Promise<void>;
}

export interface TablesOptions {
  readonly region: string;
  /** Who may ask. */
  readonly credentials: Credentials;
  /** Where to keep everything. Without it everything is in memory. */
  readonly folder?: string | undefined;
  readonly counterConfig?: CounterConfig | undefined;
  readonly usageMeter?: UsageMeter;
  readonly space?: DiskSpace;
  readonly log?: Log;
  readonly onFatalError: (error: Error) => void;
}

/** Expired items go within this time. DynamoDB takes up to some days. */
const sweepEveryMs = 3_600_000;

/** Items that are written at once: enough that a slow one does not hold up the replies behind it. */
const putsAtOnceMax = 16;

const rowCounts = z.record(z.string(), z.number());

/** Starts DynamoDB in a thread of its own: under load that halves the work of the thread that the broker is in. */
export const startTables = async (options: TablesOptions): Promise<Tables> => {
  const { region, credentials, folder, counterConfig, log, onFatalError } = options;
  const { usageMeter = openUsageMeter(), space = openDiskSpace() } = options;
  const file = new URL("./tableThread.ts", import.meta.url);
  const data = {
    region,
    credentials,
    folder,
    counterConfig,
    usageMeter: usageMeter.memory,
    space: space.memory,
  };
  const thread = await startServiceThread({ file, data, log, onFatalError });
  const { url } = thread;
  const signing = { credentials, region, service: "dynamodb" };
  const protocol = { url, signing, target: "DynamoDB_20120810", version: "1.0" } as const;
  const dynamo = awsJsonClient({ ...protocol, socketsMax: 1 });
  const writer = awsJsonClient({ ...protocol, socketsMax: putsAtOnceMax });
  const expiring: ExpiringTable[] = [];
  const sweep = async () => {
    const nowSeconds = Math.floor(Date.now() / 1_000);
    for (const table of expiring) await deleteExpired(dynamo, table, nowSeconds);
  };
  // A sweep that fails is made up for by the next.
  const timer = setInterval(() => void sweep().catch(() => {}), sweepEveryMs);
  let peers: ReadonlyMap<string, Tables> = new Map();
  const create = async (table: TableRequest): Promise<void> => {
    await createTable(dynamo, table);
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
    providers: [tableProvider((where) => (where === region ? { create } : peers.get(where)))],
    create,
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
    async setInterceptor(interceptor) {
      await thread.ask({ kind: "door", state: interceptor });
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
