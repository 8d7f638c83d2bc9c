import { once } from "node:events";
import { promisify } from "node:util";
import type { MessagePort } from "node:worker_threads";
import * as z from "zod";
import { type DoorState, putDoor } from "../fault/door.ts";
import type { Tally } from "../tally.ts";
import { countRequest } from "./countRequest.ts";
import { addToWrites, openDynalite, rowAt } from "./dynaliteInside.ts";
import { dynaliteRows, operation } from "./replication/dynaliteRows.ts";
import { openReplica } from "./replication/replica.ts";
import { openReplicator, type Replication } from "./replication/replicator.ts";
import { wipeTable } from "./wipeTable.ts";

/** DynamoDB of one region, with its part in replication. */
export interface TableServer {
  readonly port: number;
  setDoor(state: DoorState): void;
  /** `port` leads to the same of another region. */
  connect(region: string, port: MessagePort): void;
  /** From now on a table has replicas in these regions. */
  replicate(table: string, regions: readonly string[]): Promise<void>;
  setReplication(replication: Replication): void;
  /** By region, how many rows wait to be sent there. */
  backlog(): Record<string, number>;
  /** Deletes every row of a table, as if somebody did it by hand. Gives how many there were. */
  wipe(table: string): Promise<number>;
  stop(): Promise<void>;
}

interface TableServerOptions {
  readonly region: string;
  readonly folder?: string | undefined;
  readonly tally: Tally;
}

/** Starts it on any free port of 127.0.0.1. */
export const startTableServer = async (options: TableServerOptions): Promise<TableServer> => {
  const { region, folder, tally } = options;
  // Without waits: a table is there as soon as it is asked for.
  const waits = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };
  const { server, store } = openDynalite(folder === undefined ? waits : { ...waits, path: folder });
  server.on("request", ({ headers }, response) => {
    response.once("finish", () => {
      countRequest(tally, {
        target: String(headers["x-amz-target"]),
        requestBytes: Number(headers["content-length"] ?? 0),
        answerBytes: Number(response.getHeader("content-length") ?? 0),
      });
    });
  });
  const door = putDoor(server, { region, serviceOf: () => "tables" });
  let isStopped = false;
  // Milliseconds since 1970 that go on evenly: what is written after the clock was set back would wait until it is as late again.
  const now = () => Math.floor(performance.timeOrigin + performance.now());

  const replica = await openReplica({ region, store: dynaliteRows(store), now });
  const replicator = openReplicator({ replica, isStopped: () => isStopped, now });
  addToWrites(store, (key, written) => {
    const row = rowAt(key);
    if (row === undefined || !replica.isReplicated(row.table)) return [];
    return replica.marksFor(row, written).map(operation);
  });

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: z.object({ port: z.number() }).parse(server.address()).port,
    setDoor(state) {
      isStopped = state.conditions.tables?.isStopped ?? false;
      door.set(state);
    },
    connect: replicator.connect,
    replicate: replica.join,
    setReplication: replicator.set,
    backlog: replicator.backlog,
    wipe: (table) => wipeTable(store, table),
    async stop() {
      await replicator.stop();
      server.closeAllConnections();
      await promisify(server.close.bind(server))();
    },
  };
};
