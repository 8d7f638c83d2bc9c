import { awsJson } from "../awsJson.ts";
import type { ResourceKind } from "../resource.ts";
import { startServiceThread } from "../serviceThread.ts";
import { openTally, type Tally } from "../tally.ts";
import { deleteExpired, type ExpiringTable } from "./expiry.ts";
import { tableKind } from "./tableKind.ts";

/** DynamoDB of the local cloud. */
export interface Tables {
  readonly url: string;
  readonly kinds: ResourceKind[];
  stop(): Promise<void>;
}

export interface TablesOptions {
  /** Where to keep everything. Without it everything is in memory. */
  readonly folder?: string | undefined;
  readonly tally?: Tally;
  readonly onDeath: (error: Error) => void;
}

/** Expired items go within this time. DynamoDB takes up to some days. */
const sweepEveryMs = 3_600_000;

/** Starts DynamoDB in a thread of its own: under load that halves the work of the thread that the broker is in. */
export const startTables = async (options: TablesOptions): Promise<Tables> => {
  const { folder, tally = openTally(), onDeath } = options;
  const file = new URL("./tableThread.ts", import.meta.url);
  const data = { folder, tally: tally.memory };
  const thread = await startServiceThread({ file, data, onDeath });
  const { url } = thread;
  const dynamo = awsJson({ url, target: "DynamoDB_20120810", version: "1.0", socketsMax: 1 });
  const expiring: ExpiringTable[] = [];
  const sweep = async () => {
    const nowSeconds = Math.floor(Date.now() / 1_000);
    for (const table of expiring) await deleteExpired(dynamo, table, nowSeconds);
  };
  // A sweep that fails is made up for by the next.
  const timer = setInterval(() => void sweep().catch(() => {}), sweepEveryMs);
  return {
    url,
    kinds: [tableKind(dynamo, (table) => expiring.push(table))],
    async stop() {
      clearInterval(timer);
      dynamo.close();
      await thread.stop();
    },
  };
};
