import { setTimeout as wait } from "node:timers/promises";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import * as z from "zod";
import type { MetricSource } from "../cloudwatch/metricSink.ts";
import type { InterceptorState } from "../fault/interceptor.ts";
import { readAwsJson } from "../http/awsJsonClient.ts";
import type { Credentials } from "../http/signature.ts";
import type { AccessData } from "../iam/accessData.ts";
import type { Durability } from "../journal/durability.ts";
import type { Log } from "../platform/log.ts";
import { openUsageMeter, type UsageMeter } from "../platform/usageMeter.ts";
import type { CounterConfig } from "../state/changeCounter.ts";
import { type DiskSpace, openDiskSpace } from "../state/diskSpace.ts";
import type { ResourceProvider } from "../template/resourceProvider.ts";
import type { ServiceHost } from "../thread/serviceHost.ts";
import { startServiceThread } from "../thread/serviceThread.ts";
import { openStoresThread } from "../thread/storesThread.ts";
import type { Wire } from "../wire/messages.ts";
import { createTable, type TableRequest } from "./createTable.ts";
import { metricsMsMax } from "./limits.ts";
import type { Replication } from "./replication/replicator.ts";
import { tableProvider } from "./tableProvider.ts";

/** DynamoDB of one region. */
export interface Tables {
  readonly url: string;
  readonly providers: ResourceProvider[];
  /**
   * Opens a wire to the thread. The returned end is for one environment, whose role has the access
   * key `roleKey`.
   */
  openWire(roleKey?: string): Wire;
  /** Replaces the roles that may call. */
  setAccess(data: AccessData): Promise<void>;
  /**
   * Writes an item of JSON values and replaces the item with the same key. Fails with an
   * `AwsError`.
   */
  put(table: string, item: object): Promise<void>;
  /** Creates a table, or opens that of an earlier start. */
  create(table: TableRequest): Promise<void>;
  /** Sets the other regions of this cloud, for table replicas. */
  connect(others: ReadonlyMap<string, Tables>): Promise<void>;
  /** Accepts one end of a replication link to another region's tables. */
  link(region: string, port: MessagePort): Promise<void>;
  setReplication(replication: Replication): Promise<void>;
  /** Number of rows that wait for replication, by region. */
  backlog(): Promise<Record<string, number>>;
  /** Deletes every row of a table, also in its replicas. Returns the number of rows. */
  wipe(table: string): Promise<number>;
  /**
   * Deletes the items whose time to live ended before `nowSeconds`, as happens every hour. Returns
   * their number.
   */
  deleteExpired(nowSeconds: number): Promise<number>;
  readonly metrics: MetricSource;
  setInterceptor(state: InterceptorState): Promise<void>;
  stop(): Promise<void>;
}

export interface TablesOptions {
  /** The thread; by default one of its own. */
  readonly host?: ServiceHost | undefined;
  readonly region: string;
  /** The accepted credentials. */
  readonly credentials: Credentials;
  /** The persistent folder. Without it all data is in memory. */
  readonly folder?: string | undefined;
  readonly durability?: Durability | undefined;
  readonly counterConfig?: CounterConfig | undefined;
  readonly usageMeter?: UsageMeter;
  readonly space?: DiskSpace;
  readonly log?: Log;
  readonly onFatalError: (error: Error) => void;
}

/** Expired items are deleted within this time. DynamoDB takes up to a few days. */
const sweepEveryMs = 3_600_000;

const response = z.object({ status: z.number(), body: z.string() });

const rowCounts = z.record(z.string(), z.number());

/** Starts DynamoDB in the thread of the stores: its commits wait for the disk. */
export const startTables = async (options: TablesOptions): Promise<Tables> => {
  const { region, host = openStoresThread() } = options;
  const data = startData(options);
  const thread = await startServiceThread({ ...options, host, service: "tables", data });
  const call = async (operation: string, input: object): Promise<unknown> => {
    const headers = { "x-amz-target": `DynamoDB_20120810.${operation}` };
    const answer = await thread.ask({ kind: "request", headers, body: JSON.stringify(input) });
    const { status, body } = response.parse(answer);
    return readAwsJson(operation, status, body);
  };
  const deleteExpired = async (nowSeconds: number) =>
    z.number().parse(await thread.ask({ kind: "expire", nowSeconds }));
  // The next sweep covers a failed one.
  const sweep = () => void deleteExpired(Math.floor(Date.now() / 1_000)).catch(() => {});
  const timer = setInterval(sweep, sweepEveryMs);
  let peers: ReadonlyMap<string, Tables> = new Map();
  const create = async (table: TableRequest): Promise<void> => {
    await createTable({ call }, table);
    const regions = table.regions.filter((name) => peers.has(name));
    if (regions.length === 0) return;
    await thread.ask({ kind: "replicate", table: table.name, regions });
  };
  const link = async (name: string, port: MessagePort): Promise<void> => {
    await thread.ask({ kind: "connect", region: name, port }, [port]);
  };
  return {
    url: thread.url,
    providers: [tableProvider((name) => (name === region ? { create } : peers.get(name)))],
    create,
    openWire(roleKey) {
      const { port1, port2 } = new MessageChannel();
      // If the thread has ended, the cloud ends.
      thread.ask({ kind: "wire", port: port1, roleKey }, [port1]).catch(() => {});
      return { hosts: [new URL(thread.url).host], port: port2 };
    },
    setAccess: async (data) => void (await thread.ask({ kind: "access", data })),
    async connect(others) {
      peers = others;
      for (const [name, other] of others) {
        // Each pair of regions has one link, which the first region creates.
        if (name < region) continue;
        const { port1, port2 } = new MessageChannel();
        await Promise.all([link(name, port1), other.link(region, port2)]);
      }
    },
    link,
    async setReplication(replication) {
      await thread.ask({ kind: "replication", replication });
    },
    backlog: async () => rowCounts.parse(await thread.ask({ kind: "backlog" })),
    wipe: async (table) => z.number().parse(await thread.ask({ kind: "wipe", table })),
    async put(table, item) {
      await call("PutItem", { TableName: table, Item: attributeValues(item) });
    },
    deleteExpired,
    metrics: threadMetrics(() => thread.ask({ kind: "metrics" })),
    async setInterceptor(interceptor) {
      await thread.ask({ kind: "interceptor", state: interceptor });
    },
    async stop() {
      clearInterval(timer);
      await thread.stop();
    },
  };
};

/** What the service gets at its start. */
const startData = ({
  region,
  credentials,
  folder,
  durability,
  counterConfig,
  usageMeter = openUsageMeter(),
  space = openDiskSpace(),
}: TablesOptions): object => ({
  region,
  credentials,
  folder,
  durability,
  counterConfig,
  usageMeter: usageMeter.memory,
  space: space.memory,
});

const metricData = z.array(
  z.object({
    namespace: z.string(),
    name: z.string(),
    dimensions: z.record(z.string(), z.string()),
    value: z.number(),
    count: z.number().optional(),
    unit: z.string().optional(),
  }),
);

/** The metrics of a thread, which is asked before each collection. */
const threadMetrics = (ask: () => Promise<unknown>): MetricSource => {
  let data: z.output<typeof metricData> = [];
  return {
    // A thread that does not answer in time must not stop the alarms: its values come later.
    async refresh() {
      const asked = ask().then((answer) => {
        data = [...data, ...metricData.parse(answer)];
      });
      await Promise.race([asked.catch(() => {}), wait(metricsMsMax, undefined, { ref: false })]);
    },
    collect(sink, time) {
      for (const datum of data) sink.put({ ...datum, time });
      data = [];
    },
  };
};

/** Converts a JSON value to DynamoDB's format: `{ "S": "text" }`. */
export const attributeValue = (value: unknown): object => {
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  if (typeof value === "boolean") return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(attributeValue) };
  if (typeof value === "object" && value !== null) return { M: attributeValues(value) };
  return { NULL: true };
};

/** Converts an object to an item. */
export const attributeValues = (item: object): Record<string, object> =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, attributeValue(value)]));
