import type { Server } from "node:http";
import type { MessagePort } from "node:worker_threads";
import type { DynaliteStore } from "dynalite/db/index.js";
import { type InterceptorState, interceptRequests } from "../fault/interceptor.ts";
import { createAuthenticatedServer, type RequestHandler } from "../http/authenticatedServer.ts";
import { sendJsonError } from "../http/errorResponse.ts";
import { closeHttp, listenHttp } from "../http/httpServer.ts";
import { requireDiskSpace } from "../http/requireDiskSpace.ts";
import { RestFailure } from "../http/restFailure.ts";
import type { Credentials } from "../http/signature.ts";
import type { UsageMeter } from "../platform/usageMeter.ts";
import {
  type ChangeCounter,
  type CounterConfig,
  openChangeCounter,
} from "../state/changeCounter.ts";
import { type DiskSpace, openDiskSpace } from "../state/diskSpace.ts";
import { threadLog } from "../thread/serveThread.ts";
import {
  countWrites,
  extendWrites,
  openDynalite,
  parseRowKey,
  rowKeyPrefix,
  updateIndexes,
  withRow,
} from "./dynaliteInternals.ts";
import { exceedsParserDepth } from "./expressionDepth.ts";
import { parenthesesMax, requestBytesMax } from "./limits.ts";
import { type ReopenableStore, reopenableStore } from "./reopenableStore.ts";
import { dynaliteRows, operation } from "./replication/dynaliteRows.ts";
import { openReplica } from "./replication/replica.ts";
import { openReplicator, type Replication } from "./replication/replicator.ts";
import { isReadRequest, meterRequest } from "./tableRequest.ts";

/** DynamoDB of one region, with replication. */
export interface TableServer {
  readonly port: number;
  failCurrentRequest(error: unknown): boolean;
  setInterceptor(state: InterceptorState): void;
  /** `port` connects to the table server of another region. */
  connect(region: string, port: MessagePort): void;
  /** Adds replicas of a table in these regions. */
  replicate(table: string, regions: readonly string[]): Promise<void>;
  setReplication(replication: Replication): void;
  /** Number of rows that wait for replication, by region. */
  backlog(): Record<string, number>;
  /** Deletes every row of a table, as a client would. Returns the number of rows. */
  wipe(table: string): Promise<number>;
  stop(): Promise<void>;
}

interface TableServerOptions {
  readonly region: string;
  readonly credentials: Credentials;
  readonly folder?: string | undefined;
  /** The change counter of a persistent folder. */
  readonly counterConfig?: CounterConfig | undefined;
  readonly usageMeter: UsageMeter;
  readonly space?: DiskSpace;
}

/** Starts DynamoDB on any free port of 127.0.0.1. */
export const startTableServer = async (options: TableServerOptions): Promise<TableServer> => {
  const { region, credentials, folder, usageMeter, space = openDiskSpace() } = options;
  // Without delays: a table is usable as soon as it is created.
  const waits = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };
  const { server: inner, store } = openDynalite(
    folder === undefined ? waits : { ...waits, path: folder },
  );
  const reads = reopenableStore(store, folder ?? "");
  const { server, failCurrentRequest } = createAuthenticatedServer(
    {
      signers: { credentials, region, services: ["dynamodb"] },
      bodyBytesMax: requestBytesMax,
      isJson: () => true,
      sendError: sendJsonError,
      log: threadLog,
    },
    tableHandler(inner, { usageMeter, space, reads }),
  );
  const { counterConfig } = options;
  let counter: ChangeCounter | undefined;
  if (counterConfig !== undefined) {
    countWrites(store, counterConfig, {
      onStored: (count) => counter?.write(count),
      store: (write) => space.retryWhileFull(write, reads.reopen),
    });
    // The written counter shows that LevelDB has opened its files.
    await store.db.open();
    counter = openChangeCounter(counterConfig.counterFile, counterConfig.id, counterConfig.from);
  }
  const interceptor = interceptRequests(server, { region, serviceOf: () => "tables" });
  let isStopped = false;
  // Monotonic milliseconds since 1970: after a clock that was set back, changes would wait until it
  // has caught up.
  const now = () => Math.floor(performance.timeOrigin + performance.now());

  const replica = await openReplica({ region, store: dynaliteRows(store), now });
  const replicator = openReplicator({ replica, isStopped: () => isStopped || space.isFull, now });
  extendWrites(store, (key, written) => {
    const row = parseRowKey(key);
    if (row === undefined || !replica.isReplicated(row.table)) return [];
    return replica.marksFor(row, written).map(operation);
  });

  const url = await listenHttp(server);
  return {
    port: Number(new URL(url).port),
    failCurrentRequest,
    setInterceptor(state) {
      isStopped = state.conditions.tables?.isStopped ?? false;
      interceptor.set(state);
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

/** Handles a request: checks and metering here, the rest in dynalite. */
const tableHandler =
  (
    inner: Server,
    {
      usageMeter,
      space,
      reads,
    }: { usageMeter: UsageMeter; space: DiskSpace; reads: ReopenableStore },
  ): RequestHandler =>
  async (request, response, body) => {
    const target = String(request.headers["x-amz-target"]);
    response.once("finish", () => {
      meterRequest(usageMeter, {
        target,
        requestBytes: body.length,
        answerBytes: Number(response.getHeader("content-length") ?? 0),
      });
    });
    if (exceedsParserDepth(body)) {
      throw new RestFailure(`an expression has more than ${parenthesesMax} nested parentheses`, {
        status: 400,
        code: "ValidationException",
      });
    }
    if (!isReadRequest(target)) {
      await requireDiskSpace(space);
      inner.emit("request", request, response);
      return;
    }
    await reads.read((end) => {
      response.once("close", end);
      inner.emit("request", request, response);
    });
  };

/** Deletes every row of a table, one by one, also in its replicas. Returns the number of rows. */
export const wipeTable = async (store: DynaliteStore, table: string): Promise<number> => {
  const rows = dynaliteRows(store);
  let wiped = 0;
  for await (const key of rows.rowKeys(table)) {
    const row = { table, key };
    await withRow(store, row, async () => {
      await updateIndexes(store, table, { old: await rows.item(row), item: undefined });
      await store.db.del(`${rowKeyPrefix(table)}${key}`);
    });
    wiped += 1;
  }
  return wiped;
};
