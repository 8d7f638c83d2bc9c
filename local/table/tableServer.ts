import type { Server } from "node:http";
import type { MessagePort } from "node:worker_threads";
import type { DynaliteStore } from "dynalite/db/index.js";
import { type DoorState, putDoor } from "../fault/door.ts";
import { guard, type Handle } from "../http/guard.ts";
import { closeHttp, listenHttp } from "../http/listen.ts";
import { needsSpace } from "../http/needsSpace.ts";
import { refuseJson } from "../http/refuse.ts";
import { RestFailure } from "../http/restFailure.ts";
import type { Credentials } from "../http/signature.ts";
import { threadLog } from "../serveThread.ts";
import { type Counter, openCounter, type Stored } from "../state/counter.ts";
import { type DiskSpace, openDiskSpace } from "../state/diskSpace.ts";
import type { Tally } from "../tally.ts";
import { countRequest, isRead } from "./countRequest.ts";
import {
  addToWrites,
  countWrites,
  openDynalite,
  rowAt,
  rowsOf,
  updateIndexes,
  withRow,
} from "./dynaliteInside.ts";
import { isTooNested } from "./expressionDepth.ts";
import { parenthesesMax, requestBytesMax } from "./limits.ts";
import { type Reopenable, reopenable } from "./reopenable.ts";
import { dynaliteRows, operation } from "./replication/dynaliteRows.ts";
import { openReplica } from "./replication/replica.ts";
import { openReplicator, type Replication } from "./replication/replicator.ts";

/** DynamoDB of one region, with its part in replication. */
export interface TableServer {
  readonly port: number;
  answerThrown(error: unknown): boolean;
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
  readonly credentials: Credentials;
  readonly folder?: string | undefined;
  /** Counts what is written, when the folder is one that is kept. */
  readonly stored?: Stored | undefined;
  readonly tally: Tally;
  readonly space?: DiskSpace;
}

/** Starts it on any free port of 127.0.0.1. */
export const startTableServer = async (options: TableServerOptions): Promise<TableServer> => {
  const { region, credentials, folder, tally, space = openDiskSpace() } = options;
  // Without waits: a table is there as soon as it is asked for.
  const waits = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };
  const { server: inner, store } = openDynalite(
    folder === undefined ? waits : { ...waits, path: folder },
  );
  const reads = reopenable(store, folder ?? "");
  const { server, answerThrown } = guard(
    {
      signers: { credentials, region, services: ["dynamodb"] },
      bodyBytesMax: requestBytesMax,
      isJson: () => true,
      refuse: refuseJson,
      log: threadLog,
    },
    behindDoor(inner, { tally, space, reads }),
  );
  const { stored } = options;
  let counter: Counter | undefined;
  if (stored !== undefined) {
    countWrites(store, stored, {
      onStored: (count) => counter?.write(count),
      store: (write) => space.keepTrying(write, reads.reopen),
    });
    // By the counter being written it is known that LevelDB has put its files in order.
    await store.db.open();
    counter = openCounter(stored.counterFile, stored.id, stored.from);
  }
  const door = putDoor(server, { region, serviceOf: () => "tables" });
  let isStopped = false;
  // Milliseconds since 1970 that go on evenly: what is written after the clock was set back would wait until it is as late again.
  const now = () => Math.floor(performance.timeOrigin + performance.now());

  const replica = await openReplica({ region, store: dynaliteRows(store), now });
  const replicator = openReplicator({ replica, isStopped: () => isStopped || space.isFull, now });
  addToWrites(store, (key, written) => {
    const row = rowAt(key);
    if (row === undefined || !replica.isReplicated(row.table)) return [];
    return replica.marksFor(row, written).map(operation);
  });

  const url = await listenHttp(server);
  return {
    port: Number(new URL(url).port),
    answerThrown,
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
      await closeHttp(server);
      await store.lifecycleManager.gracefulClose();
      counter?.close();
    },
  };
};

/** What of DynamoDB is done here, and what is handed on to dynalite. */
const behindDoor =
  (
    inner: Server,
    { tally, space, reads }: { tally: Tally; space: DiskSpace; reads: Reopenable },
  ): Handle =>
  async (request, response, body) => {
    const target = String(request.headers["x-amz-target"]);
    response.once("finish", () => {
      countRequest(tally, {
        target,
        requestBytes: body.length,
        answerBytes: Number(response.getHeader("content-length") ?? 0),
      });
    });
    if (isTooNested(body)) {
      throw new RestFailure(`an expression has more than ${parenthesesMax} nested parentheses`, {
        status: 400,
        code: "ValidationException",
      });
    }
    if (!isRead(target)) {
      await needsSpace(space);
      inner.emit("request", request, response);
      return;
    }
    await reads.read((end) => {
      response.once("close", end);
      inner.emit("request", request, response);
    });
  };

/** Deletes every row of a table, one by one. They are deleted in its replicas, too. Gives how many there were. */
export const wipeTable = async (store: DynaliteStore, table: string): Promise<number> => {
  const rows = dynaliteRows(store);
  let wiped = 0;
  for await (const key of rows.rowKeys(table)) {
    const row = { table, key };
    await withRow(store, row, async () => {
      await updateIndexes(store, table, { old: await rows.item(row), item: undefined });
      await store.db.del(`${rowsOf(table)}${key}`);
    });
    wiped += 1;
  }
  return wiped;
};
