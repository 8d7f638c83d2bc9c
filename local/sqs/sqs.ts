import type { MetricSource } from "../cloudwatch/metricSink.ts";
import { callGate } from "../fault/callGate.ts";
import type { InterceptorState } from "../fault/interceptor.ts";
import type { AwsHandler } from "../http/awsRequest.ts";
import { startAwsService } from "../http/awsService.ts";
import type { Credentials } from "../http/signature.ts";
import type { Access } from "../iam/access.ts";
import { authorizer } from "../iam/authorize.ts";
import { sqsPermissions } from "../iam/permission/sqs.ts";
import type { Durability } from "../journal/durability.ts";
import type { Log } from "../platform/log.ts";
import { openUsageMeter, type UsageMeter } from "../platform/usageMeter.ts";
import type { CounterConfig } from "../state/changeCounter.ts";
import { type DiskSpace, openDiskSpace } from "../state/diskSpace.ts";
import type { ResourceProvider } from "../template/resourceProvider.ts";
import { requestBytesMax } from "./limits.ts";
import { sqsErrorResponse, sqsHandler } from "./protocol/sqsHandler.ts";
import { queueMetrics } from "./queueMetrics.ts";
import { queueProvider } from "./queueProvider.ts";
import { type SqsClient, sqsClient } from "./sqsClient.ts";
import { openSqsStore } from "./store/openStore.ts";

/** SQS of one region. */
export interface Sqs {
  readonly url: string;
  readonly providers: readonly ResourceProvider[];
  /** The operations of the rule engine and the event source mappings. */
  readonly client: SqsClient;
  /** Answers requests of functions, without HTTP. */
  readonly handle: AwsHandler;
  readonly metrics: MetricSource;
  setFaults(state: InterceptorState): void;
  /** Makes messages in flight visible, because their receivers no longer exist. */
  release(): void;
  /** Resolves when all earlier changes are stored. */
  stored(): Promise<void>;
  /** Whether sends succeed now: there is no fault, and memory and disk have space. */
  acceptsSends(): boolean;
  stop(): Promise<void>;
}

export interface SqsOptions {
  readonly region: string;
  /** Default: the account of the emulated services. */
  readonly account?: string;
  /** The accepted credentials. */
  readonly credentials: Credentials;
  /** The roles that may call; by default only the account's owner may. */
  readonly access?: Access | undefined;
  /** The persistent folder. Without it all data is in memory. */
  readonly folder?: string | undefined;
  readonly counterConfig?: CounterConfig | undefined;
  /** Default: `power`. */
  readonly durability?: Durability | undefined;
  readonly usageMeter?: UsageMeter;
  readonly space?: DiskSpace;
  readonly log?: Log;
  readonly onFatalError: (error: Error) => void;
}

/** Starts SQS in this thread. */
export const startSqs = async (options: SqsOptions): Promise<Sqs> => {
  const { region, account = "000000000000", credentials, access } = options;
  const { durability = "power" } = options;
  const authorize = authorizer(access, sqsPermissions({ region, account }));
  const { usageMeter = openUsageMeter(), space = openDiskSpace(), log = () => {} } = options;
  const store = openSqsStore({ ...options, account, durability, space });
  const deps = { ...store, account, usageMeter, space };
  const gate = callGate("queues");
  let url = "";
  let isUsual = true;
  const service = await startAwsService({
    region,
    serviceOf: () => "queues",
    signers: { credentials, roles: access, region, services: ["sqs"] },
    bodyBytesMax: requestBytesMax,
    handler: sqsHandler({ ...deps, authorize, url: () => url }),
    errorResponse: sqsErrorResponse,
    log,
  });
  url = service.url;
  return {
    url,
    providers: [queueProvider(store, url)],
    client: sqsClient({ ...deps, gate }),
    handle: service.handle,
    metrics: queueMetrics(store.engine),
    acceptsSends: () => isUsual && !space.isFull && store.engine.hasSpace,
    setFaults(state) {
      isUsual = state.conditions.queues === undefined;
      gate.set(state);
      service.setFaults(state);
    },
    release: () => store.engine.release(),
    stored: () => store.log.stored(),
    async stop() {
      // Ends long polls, and thereby their requests.
      store.engine.endPolls();
      await service.stop();
      await store.close();
    },
  };
};
