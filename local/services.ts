import { randomBytes } from "node:crypto";
import { type Clock, startClock } from "./clock/clock.ts";
import { type Gateway, startGateway } from "./gateway/gateway.ts";
import { type Iot, startIot } from "./iot/iot.ts";
import { type Lambda, startLambda } from "./lambda/lambda.ts";
import type { Log } from "./log.ts";
import { type Queues, startQueues } from "./queue/queues.ts";
import type { ResourceKind } from "./resource.ts";
import type { StateFolder } from "./stateFolder.ts";
import { startTables, type Tables } from "./table/tables.ts";
import { openTally, type Tally } from "./tally.ts";

/** The AWS services of this machine. */
export interface Services {
  readonly queues: Queues;
  readonly tables: Tables;
  readonly iot: Iot;
  readonly lambda: Lambda;
  readonly gateway: Gateway;
  /** What AWS would bill for the others. */
  readonly tally: Tally;
  /** Every resource type that they can make. */
  readonly kinds: readonly ResourceKind[];
  /** Lets devices, users, messages and the clock in, once every resource is made; says where the API is. */
  open(): Promise<{ api: string }>;
  stop(): Promise<void>;
}

export interface ServicesOptions {
  readonly region: string;
  readonly account: string;
  readonly state: StateFolder;
  readonly assembly: string;
  readonly apiPort: number;
  readonly mqttPort: number;
  readonly log: Log;
  /** Called when a service that others need has ended by itself. */
  readonly onDeath: (error: Error) => void;
}

/**
 * Settings of a function that have another value on one machine: webhooks may go to 127.0.0.1, where a
 * person tries them out.
 */
const instead = { PRIVATE_TARGETS: "allowed" };

/** Starts every service, none of them open yet. What has started is stopped when a later one fails. */
export const startServices = async (options: ServicesOptions): Promise<Services> => {
  const { state, onDeath } = options;
  const tally = openTally();
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const stopOne of stops.splice(0).reverse()) await stopOne();
  };
  try {
    const queueFolder = state.keeps ? state.folder("queues") : undefined;
    const queues = await startQueues({
      region: options.region,
      folder: queueFolder,
      tally,
      onDeath,
    });
    stops.push(queues.stop);
    const tableFolder = state.keeps ? state.folder("tables") : undefined;
    const tables = await startTables({ folder: tableFolder, tally, onDeath });
    stops.push(tables.stop);
    const users = await startUsers(options, { queues, tables, tally });
    stops.push(users.stop);
    return {
      ...users,
      queues,
      tables,
      tally,
      kinds: [...users.kinds, ...queues.kinds, ...tables.kinds],
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** The services that need the queues and the tables. */
const startUsers = async (
  options: ServicesOptions,
  { queues, tables, tally }: { queues: Queues; tables: Tables; tally: Tally },
) => {
  const { region, account, state, assembly, log } = options;
  const credentials = {
    accessKeyId: `LOCAL${randomBytes(8).toString("hex").toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString("base64"),
  };
  const iot = await startIot({
    region,
    account,
    folder: state.folder("iot"),
    mqttPort: options.mqttPort,
    credentials,
    queues: queues.sqs,
    buckets: queues.s3,
    log,
  });
  const everywhere = {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: tables.url,
    AWS_ENDPOINT_URL_SQS: queues.url,
    AWS_ENDPOINT_URL_S3: queues.url,
    AWS_ENDPOINT_URL_IOT: iot.controlUrl,
    AWS_ENDPOINT_URL_IOT_DATA_PLANE: iot.dataUrl,
  };
  const variables = { everywhere, instead };
  const lambda = await startLambda({
    assembly,
    variables,
    queues: queues.sqs,
    queuesUrl: queues.url,
    log,
  });
  const gateway = startGateway({ lambda, port: options.apiPort, tally, log });
  const clock: Clock = startClock({ lambda, log });
  return {
    iot,
    lambda,
    gateway,
    kinds: [...iot.kinds, ...lambda.kinds, ...gateway.kinds, ...clock.kinds],
    async open() {
      await iot.open();
      lambda.open();
      clock.open();
      const { url } = await gateway.open();
      return { api: url };
    },
    async stop() {
      await Promise.all([gateway.stop(), clock.stop(), iot.stop()]);
      await lambda.stop();
    },
  };
};
