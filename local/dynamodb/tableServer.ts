import type { MessagePort } from "node:worker_threads";
import type { InterceptorState } from "../fault/interceptor.ts";
import type { AwsHandler } from "../http/awsRequest.ts";
import { startAwsService } from "../http/awsService.ts";
import type { Credentials } from "../http/signature.ts";
import type { Access } from "../iam/access.ts";
import { authorizer } from "../iam/authorize.ts";
import { dynamodbPermissions } from "../iam/permission/dynamodb.ts";
import type { Durability } from "../journal/durability.ts";
import type { Log } from "../platform/log.ts";
import type { UsageMeter } from "../platform/usageMeter.ts";
import type { CounterConfig } from "../state/changeCounter.ts";
import { type DiskSpace, openDiskSpace } from "../state/diskSpace.ts";
import { openTableEngine, type TableEngine } from "./engine.ts";
import { requestBytesMax } from "./limits.ts";
import { engineRows } from "./replication/engineRows.ts";
import { openReplica } from "./replication/replica.ts";
import { openReplicator, type Replication } from "./replication/replicator.ts";
import { tableHandler } from "./tableHandler.ts";
import { createTableMeter, type TableDatum } from "./tableMeter.ts";

/** DynamoDB of one region, with replication. */
export interface TableServer {
  readonly url: string;
  /** Answers a request without HTTP and without a signature. */
  readonly handle: AwsHandler;
  /** The values of the metrics since the last call. They omit requests over HTTP. */
  takeMetrics(): TableDatum[];
  setInterceptor(state: InterceptorState): void;
  /** `port` connects to the table server of another region. */
  connect(region: string, port: MessagePort): void;
  /** Adds replicas of a table in these regions. */
  replicate(table: string, regions: readonly string[]): Promise<void>;
  setReplication(replication: Replication): void;
  /** Number of rows that wait for replication, by region. */
  backlog(): Record<string, number>;
  /** Deletes every row of a table, as a client would. Returns the number of rows. */
  wipe: TableEngine["wipe"];
  deleteExpired: TableEngine["deleteExpired"];
  stop(): Promise<void>;
}

interface TableServerOptions {
  readonly region: string;
  readonly credentials: Credentials;
  /** Default: the account of the emulated services. */
  readonly account?: string;
  /** The roles that may call; by default only the account's owner may. */
  readonly access?: Access | undefined;
  readonly folder?: string | undefined;
  readonly durability?: Durability | undefined;
  /** The change counter of a persistent folder. */
  readonly counterConfig?: CounterConfig | undefined;
  readonly usageMeter: UsageMeter;
  readonly space?: DiskSpace;
  readonly log?: Log;
}

/** Starts DynamoDB on any free port of 127.0.0.1. */
export const startTableServer = async (options: TableServerOptions): Promise<TableServer> => {
  const { region, account = "000000000000", credentials, access, usageMeter } = options;
  const { space = openDiskSpace(), log = () => {} } = options;
  const authorize = authorizer(access, dynamodbPermissions({ region, account }));
  // Monotonic milliseconds since 1970: after a clock that was set back, changes would wait until it
  // has caught up.
  const now = () => Math.floor(performance.timeOrigin + performance.now());
  const engine = openTableEngine({ ...options, space, now });
  const replica = openReplica({ region, store: engineRows(engine), now });
  let isStopped = false;
  const meter = createTableMeter();
  const replicator = openReplicator({
    replica,
    onReplicated: meter.replicated,
    // While the disk is full, reads do not see every change.
    isStopped: () => isStopped || space.isFull || !engine.database.isComplete,
    now,
  });
  engine.markWrites((row, written) =>
    replica.isReplicated(row.table) ? replica.marksFor(row, written) : [],
  );
  const service = await startAwsService({
    region,
    serviceOf: () => "tables",
    signers: { credentials, roles: access, region, services: ["dynamodb"] },
    bodyBytesMax: requestBytesMax,
    handler: tableHandler(engine, { authorize, usageMeter, space }),
    log,
  });
  return {
    url: service.url,
    handle: meter.meter(service.handle),
    takeMetrics() {
      replicator.measureWaiting();
      return meter.take();
    },
    setInterceptor(state) {
      isStopped = state.conditions.tables?.isStopped ?? false;
      service.setFaults(state);
    },
    connect: replicator.connect,
    replicate: replica.join,
    setReplication: replicator.set,
    backlog: replicator.backlog,
    wipe: engine.wipe,
    deleteExpired: engine.deleteExpired,
    async stop() {
      await replicator.stop();
      await service.stop();
      engine.close();
    },
  };
};
