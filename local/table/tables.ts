import { awsJson } from "../awsJson.ts";
import type { DoorState } from "../fault/door.ts";
import type { ResourceKind } from "../resource.ts";
import { startServiceThread } from "../serviceThread.ts";
import { openTally, type Tally } from "../tally.ts";
import { attributeValues } from "./attributeValue.ts";
import { deleteExpired, type ExpiringTable } from "./expiry.ts";
import { makeTable, type TableRequest } from "./makeTable.ts";
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
  connect(others: ReadonlyMap<string, Pick<Tables, "make">>): void;
  setDoor(state: DoorState): Promise<void>;
  stop(): Promise<void>;
}

export interface TablesOptions {
  readonly region: string;
  /** Where to keep everything. Without it everything is in memory. */
  readonly folder?: string | undefined;
  readonly tally?: Tally;
  readonly onDeath: (error: Error) => void;
}

/** Expired items go within this time. DynamoDB takes up to some days. */
const sweepEveryMs = 3_600_000;

/** Items that are written at once: enough that a slow one does not hold up the replies behind it. */
const putsAtOnceMax = 16;

/** Starts DynamoDB in a thread of its own: under load that halves the work of the thread that the broker is in. */
export const startTables = async (options: TablesOptions): Promise<Tables> => {
  const { region, folder, tally = openTally(), onDeath } = options;
  const file = new URL("./tableThread.ts", import.meta.url);
  const data = { region, folder, tally: tally.memory };
  const thread = await startServiceThread({ file, data, onDeath });
  const { url } = thread;
  const protocol = { url, target: "DynamoDB_20120810", version: "1.0" } as const;
  const dynamo = awsJson({ ...protocol, socketsMax: 1 });
  const writer = awsJson({ ...protocol, socketsMax: putsAtOnceMax });
  const expiring: ExpiringTable[] = [];
  const sweep = async () => {
    const nowSeconds = Math.floor(Date.now() / 1_000);
    for (const table of expiring) await deleteExpired(dynamo, table, nowSeconds);
  };
  // A sweep that fails is made up for by the next.
  const timer = setInterval(() => void sweep().catch(() => {}), sweepEveryMs);
  let peers: ReadonlyMap<string, Pick<Tables, "make">> = new Map();
  const make = async (table: TableRequest): Promise<void> => {
    await makeTable(dynamo, table);
    if (table.expiring !== undefined) expiring.push(table.expiring);
  };
  return {
    url,
    kinds: [tableKind((where) => (where === region ? { make } : peers.get(where)))],
    make,
    connect(others) {
      peers = others;
    },
    async put(table, item) {
      await writer.call("PutItem", { TableName: table, Item: attributeValues(item) });
    },
    async setDoor(door) {
      await thread.ask({ door });
    },
    async stop() {
      clearInterval(timer);
      dynamo.close();
      writer.close();
      await thread.stop();
    },
  };
};
