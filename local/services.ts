import { type CloudFormation, startCloudFormation } from "./cloudformation/cloudFormation.ts";
import { openCloudFront } from "./cloudfront/cloudFront.ts";
import { type CloudWatch, startCloudWatch } from "./cloudwatch/cloudwatch.ts";
import type { MetricSource } from "./cloudwatch/metricSink.ts";
import { startTables, type Tables } from "./dynamodb/tables.ts";
import type { Events } from "./events/events.ts";
import type { Conditions } from "./fault/fault.ts";
import type { InterceptorState } from "./fault/interceptor.ts";
import { type Gateway, startGateway } from "./gateway/gateway.ts";
import type { AwsService } from "./http/awsService.ts";
import type { Credentials } from "./http/signature.ts";
import type { Access } from "./iam/access.ts";
import type { AccessData } from "./iam/accessData.ts";
import { functionRoles } from "./iam/functionRoles.ts";
import type { Iam } from "./iam/iam.ts";
import type { Authority } from "./iot/certificate/authority.ts";
import { type Iot, startIot } from "./iot/iot.ts";
import type { Durability } from "./journal/durability.ts";
import { type Kms, startKms } from "./kms/kms.ts";
import { type InvokeServerOptions, startInvokeServer } from "./lambda/invoke/invokeServer.ts";
import { type Lambda, startLambda } from "./lambda/lambda.ts";
import { startSes } from "./mail/ses.ts";
import { type Messaging, startMessaging } from "./messaging.ts";
import type { Log } from "./platform/log.ts";
import { openUsageMeter, type UsageMeter } from "./platform/usageMeter.ts";
import { type S3, startS3 } from "./s3/s3.ts";
import type { Sns } from "./sns/sns.ts";
import { type Sqs, startSqs } from "./sqs/sqs.ts";
import { functionSettings } from "./start/functionSettings.ts";
import {
  executionsOf,
  type QuietQueueWait,
  type SizeName,
  type WireKind,
} from "./start/options.ts";
import type { CounterConfig } from "./state/changeCounter.ts";
import type { DiskSpace } from "./state/diskSpace.ts";
import type { StateFolder } from "./state/stateFolder.ts";
import type { ResourceProvider } from "./template/resourceProvider.ts";
import { openStoresThread } from "./thread/storesThread.ts";
import { openWire, wireHandlers } from "./wire/openWire.ts";

/** The emulated AWS services of one region. */
export interface Services {
  readonly sqs: Sqs;
  readonly s3: S3;
  readonly tables: Tables;
  readonly iot: Iot;
  readonly lambda: Lambda;
  readonly gateway: Gateway;
  readonly events: Events;
  readonly sns: Sns;
  readonly ssm: AwsService;
  readonly cloudformation: CloudFormation;
  /** Endpoint and credentials to invoke functions with, as on AWS. */
  readonly invocation: Invocation;
  /** Billable usage of the services that do not count for themselves. */
  readonly usageMeter: UsageMeter;
  readonly cloudwatch: CloudWatch;
  /** The metrics that AWS's services send to CloudWatch. */
  readonly metrics: readonly MetricSource[];
  /** Providers of all resource types that the services support. */
  readonly providers: readonly ResourceProvider[];
  /**
   * Starts to accept devices, users, messages and schedules, after every resource is created.
   * Resolves with the API's URL.
   */
  open(): Promise<{ api: string }>;
  /** The URL of each service, for the interceptors of other regions. */
  readonly endpoints: Endpoints;
  /** Enforces the roles and policies that the stacks have created. */
  setAccess(data: AccessData): Promise<void>;
  /** Sets the condition of each service, and the endpoints of the other regions. */
  setInterceptors(conditions: Conditions, peers: Peers): Promise<void>;
  stop(): Promise<void>;
}

/** The servers that receive requests forwarded from another region. */
type Endpoints = Readonly<
  Record<
    | "queues"
    | "buckets"
    | "tables"
    | "iotControl"
    | "iotData"
    | "keys"
    | "functions"
    | "events"
    | "topics"
    | "parameters"
    | "alarms"
    | "stacks",
    string
  >
>;

/** The endpoints of the other regions, by region name. */
export type Peers = ReadonlyMap<string, Endpoints>;

export interface Invocation extends Credentials {
  readonly endpoint: string;
  readonly region: string;
}

export interface ServicesOptions {
  readonly region: string;
  readonly account: string;
  readonly state: Pick<StateFolder, "isPersistent" | "folder"> & {
    /** The change counter of a persistent store; `undefined` without persistence. */
    counterConfigOf(name: string): Promise<CounterConfig | undefined>;
  };
  /** The disk that holds the state folder. */
  readonly space: DiskSpace;
  /** One authority for all regions, as AWS has one Amazon root. */
  readonly authority: Authority;
  readonly credentials: Credentials;
  /** The roles and policies of all regions. */
  readonly iam: Iam;
  readonly access: Access;
  /** When a change to a store counts as stored; default: `power`. */
  readonly durability?: Durability | undefined;
  readonly connectsPerSecond?: number | undefined;
  readonly assembly: string;
  readonly apiPort: number;
  readonly mqttPort: number;
  readonly openSignUp?: boolean;
  readonly certificateDays?: number | undefined;
  readonly streamSeconds?: number | undefined;
  readonly quietQueueWait?: QuietQueueWait | undefined;
  readonly pageReceiver?: string | undefined;
  readonly wire?: WireKind | undefined;
  readonly size?: SizeName | undefined;
  readonly log: Log;
  /** Called when a required service has exited unexpectedly. */
  readonly onFatalError: (error: Error) => void;
}

/**
 * Starts every service without accepting clients. When one fails, those already started are
 * stopped.
 */
export const startServices = async (options: ServicesOptions): Promise<Services> => {
  const { state } = options;
  const usageMeter = openUsageMeter();
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const stopOne of stops.splice(0).reverse()) await stopOne();
  };
  try {
    const { sqs, s3, tables } = await startStores({ ...options, usageMeter }, stops);
    // Functions start last: they use all other services.
    let started: Lambda | undefined;
    const running = (): Lambda => {
      if (started === undefined) throw new Error("the functions have not started");
      return started;
    };
    const iot = await startIot({
      ...options,
      invoke: async (functionArn, event) => running().invoke(functionArn, event),
      folder: state.folder("iot"),
      admit: () => started?.admission.admit(),
      queues: sqs.client,
      buckets: s3.client,
      tables,
      firstVersion: () => Math.floor(Date.now() / 1_000),
    });
    stops.push(iot.stop);
    const kms = await startKms({
      ...options,
      folder: state.folder("kms"),
      addKeyPolicy: options.iam.addResourcePolicy,
    });
    stops.push(kms.stop);
    const ses = await startSes({ ...options, folder: state.folder("mail") });
    stops.push(ses.stop);
    const metrics: MetricSource[] = [sqs.metrics, tables.metrics, ...iot.metrics];
    const lambda = {
      invokeAsync: (name: string, event: unknown) => running().invokeAsync(name, event),
    };
    const messaging = await startMessaging(options, { sqs, lambda }, stops);
    metrics.push(messaging.events.metrics, messaging.sns.metrics);
    const monitoring = await startMonitoring(options, { messaging, metrics, stops });
    const { cloudwatch } = monitoring;
    const others = { sqs, s3, tables, iot, ...monitoring, usageMeter, ...messaging };
    const functions = await startFunctions(options, { ...others, kms, ses });
    stops.push(functions.stop);
    started = functions.lambda;
    metrics.push(functions.lambda.serviceMetrics, functions.gateway.metrics);
    const { events, sns } = messaging;
    const services = [functions, events, sns, cloudwatch, iot, kms, sqs, s3, tables];
    const providers = services.flatMap((service) => [...service.providers]);
    return {
      ...functions,
      ...others,
      providers,
      metrics,
      async open() {
        const opened = await functions.open();
        await cloudwatch.open();
        return opened;
      },
      ...interceptorsOf({ ...functions, ...others, kms }),
      async setAccess(data) {
        await Promise.all([s3.setAccess(data), tables.setAccess(data)]);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

/**
 * Starts CloudWatch, which collects the metrics of `metrics` (the list may still grow), and
 * CloudFormation, and adds their ends to `stops`.
 */
const startMonitoring = async (
  { state, size = "standard", log, ...options }: ServicesOptions,
  {
    messaging: { events, sns },
    metrics,
    stops,
  }: {
    readonly messaging: Messaging;
    readonly metrics: readonly MetricSource[];
    readonly stops: (() => Promise<void>)[];
  },
): Promise<Pick<Services, "cloudwatch" | "cloudformation">> => {
  const cloudwatch = await startCloudWatch({
    ...options,
    folder: state.isPersistent ? state.folder("cloudwatch") : undefined,
    sources: () => metrics,
    outlets: {
      publish: sns.topics.publish,
      putEvent: (event) => events.bus.put(event),
    },
    quotaOf: ({ namespace, name }) =>
      namespace === "AWS/Lambda" && name === "ConcurrentExecutions"
        ? executionsOf[size]
        : undefined,
    log,
  });
  stops.push(cloudwatch.stop);
  const cloudformation = await startCloudFormation({ ...options, log });
  stops.push(cloudformation.stop);
  return { cloudwatch, cloudformation };
};

/** Starts the services with a store, and adds their ends to `stops`. */
const startStores = async (
  {
    region,
    credentials,
    access,
    state,
    space,
    usageMeter,
    durability,
    log,
    onFatalError,
  }: ServicesOptions & { usageMeter: UsageMeter },
  stops: (() => Promise<void>)[],
): Promise<Pick<Services, "sqs" | "s3" | "tables">> => {
  const storeOptions = async (name: "sqs" | "s3" | "tables") => ({
    region,
    credentials,
    folder: state.isPersistent ? state.folder(name) : undefined,
    counterConfig: await state.counterConfigOf(name),
    usageMeter,
    space,
    durability,
    onFatalError,
  });
  const started = async <S extends { stop(): Promise<void> }>(start: Promise<S>): Promise<S> => {
    const service = await start;
    stops.push(service.stop);
    return service;
  };
  const options = {
    sqs: await storeOptions("sqs"),
    s3: await storeOptions("s3"),
    tables: await storeOptions("tables"),
  };
  // The thread of S3 and DynamoDB loads while this one opens the queues.
  const host = openStoresThread();
  const s3 = started(startS3({ ...options.s3, host, log }));
  const tables = started(startTables({ ...options.tables, host }));
  const sqs = started(startSqs({ ...options.sqs, access, log }));
  // All of them are complete when one has failed, so that they can be stopped.
  await Promise.allSettled([sqs, s3, tables]);
  return { sqs: await sqs, s3: await s3, tables: await tables };
};

const interceptorsOf = ({
  sqs,
  s3,
  tables,
  iot,
  kms,
  gateway,
  invokes,
  events,
  sns,
  ssm,
  cloudwatch,
  cloudformation,
}: Omit<ServiceDeps, "usageMeter" | "ses"> &
  Pick<Services, "gateway"> & { readonly invokes: AwsService }) => ({
  endpoints: {
    queues: sqs.url,
    buckets: s3.url,
    tables: tables.url,
    iotControl: iot.control.url,
    iotData: iot.data.url,
    keys: kms.url,
    functions: invokes.url,
    events: events.url,
    topics: sns.url,
    parameters: ssm.url,
    alarms: cloudwatch.url,
    stacks: cloudformation.url,
  },
  async setInterceptors(conditions: Conditions, peers: Peers): Promise<void> {
    const stateFor = (server: keyof Endpoints): InterceptorState => ({
      conditions,
      peers: Object.fromEntries([...peers].map(([region, urls]) => [region, urls[server]])),
    });
    kms.setFaults(stateFor("keys"));
    invokes.setFaults(stateFor("functions"));
    events.setFaults(stateFor("events"));
    sns.setFaults(stateFor("topics"));
    ssm.setFaults(stateFor("parameters"));
    cloudwatch.setFaults(stateFor("alarms"));
    cloudformation.setFaults(stateFor("stacks"));
    iot.control.setFaults(stateFor("iotControl"));
    iot.data.setFaults(stateFor("iotData"));
    gateway.interceptor.set({ conditions, peers: {} });
    sqs.setFaults(stateFor("queues"));
    await Promise.all([
      s3.setFaults(stateFor("buckets")),
      tables.setInterceptor(stateFor("tables")),
    ]);
  },
});

/**
 * Starts Lambda's API before Lambda: the variables of functions have its address. Invocations fail
 * until `serve` is called.
 */
const startInvokes = async (options: Omit<InvokeServerOptions, "lambda">) => {
  let lambda: Lambda | undefined;
  const running = (): Lambda => {
    if (lambda === undefined) throw new Error("the functions have not started");
    return lambda;
  };
  const invokes = await startInvokeServer({
    ...options,
    lambda: {
      invokeForText: (name, event) => running().invokeForText(name, event),
      invokeAsync: (name, event) => running().invokeAsync(name, event),
    },
  });
  const serve = (started: Lambda): void => {
    lambda = started;
  };
  return { invokes, serve };
};

interface ServiceDeps
  extends Pick<
      Services,
      "sqs" | "s3" | "tables" | "iot" | "cloudwatch" | "cloudformation" | "usageMeter"
    >,
    Messaging {
  readonly kms: Kms;
  readonly ses: AwsService;
}

/** The addresses of the services, for the SDK and the clients of functions. */
const endpointVariables = ({
  sqs,
  s3,
  tables,
  iot,
  kms,
  ses,
  cloudwatch,
  events,
  sns,
  ssm,
  cloudformation,
}: ServiceDeps) => ({
  AWS_ENDPOINT_URL_DYNAMODB: tables.url,
  AWS_ENDPOINT_URL_SQS: sqs.url,
  AWS_ENDPOINT_URL_S3: s3.url,
  AWS_ENDPOINT_URL_IOT: iot.control.url,
  AWS_ENDPOINT_URL_IOT_DATA_PLANE: iot.data.url,
  AWS_ENDPOINT_URL_KMS: kms.url,
  AWS_ENDPOINT_URL_SESV2: ses.url,
  AWS_ENDPOINT_URL_EVENTBRIDGE: events.url,
  AWS_ENDPOINT_URL_CLOUDWATCH: cloudwatch.url,
  AWS_ENDPOINT_URL_SNS: sns.url,
  AWS_ENDPOINT_URL_SSM: ssm.url,
  AWS_ENDPOINT_URL_CLOUDFORMATION: cloudformation.url,
});

/**
 * Starts Lambda and the services that invoke functions. They stop before the services that
 * functions call.
 */
const startFunctions = async (
  {
    assembly,
    apiPort,
    region,
    account,
    authority,
    credentials,
    iam,
    access,
    space,
    openSignUp,
    certificateDays,
    streamSeconds,
    pageReceiver,
    quietQueueWait,
    wire,
    size,
    log,
  }: ServicesOptions,
  deps: ServiceDeps,
) => {
  const { sqs, s3, tables, iot, kms, ses, cloudwatch, usageMeter, events, sns, ssm } = deps;
  const { stored, acceptsSends } = sqs;
  const { invokes, serve } = await startInvokes({ region, account, access, credentials, log });
  const allFunctions = {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...endpointVariables(deps),
    AWS_ENDPOINT_URL_LAMBDA: invokes.url,
  };
  const overrides: Record<string, string> = {
    ...functionSettings({ openSignUp, certificateDays, streamSeconds, pageReceiver }),
    BROKER_CA: iot.caPem,
    IMAGES_ENDPOINT: await s3.listenTls(authority.server),
  };
  const variables = { allFunctions, overrides };
  const handlers = wireHandlers([
    ...[sqs, iot.control, iot.data, kms, ses, invokes],
    ...[events, sns, ssm, cloudwatch, deps.cloudformation],
  ]);
  const lambda = await startLambda({
    assembly,
    openWires: (roleKey) =>
      wire === "http"
        ? []
        : [
            openWire(handlers, { roleKey, log, stored, acceptsSends }),
            s3.openWire(roleKey),
            tables.openWire(roleKey),
          ],
    ...functionRoles({ iam, access, account, log }),
    variables,
    queues: sqs.client,
    queuesUrl: sqs.url,
    executionsMax: size && executionsOf[size],
    quietQueueWait,
    metricSink: cloudwatch.sink,
    log,
  });
  serve(lambda);
  const site = openCloudFront({ path: "/status", buckets: s3.client, log });
  const port = apiPort;
  const gateway = startGateway({ lambda, access, region, port, usageMeter, space, site, log });
  return {
    lambda,
    gateway,
    invokes,
    invocation: { endpoint: invokes.url, region, ...credentials },
    providers: [...lambda.providers, ...gateway.providers, ...site.providers],
    async open() {
      await iot.open();
      const { url } = await gateway.open();
      // Functions that start from now on read it.
      overrides.API_URL = url;
      overrides.STATUS_URL = `${url}/status`;
      overrides.STATUS_SUBSCRIBE_URL = `${url}/v1/status/subscriptions`;
      lambda.open();
      await sns.open();
      events.open();
      return { api: url };
    },
    async stop() {
      await Promise.all([gateway.stop(), invokes.stop()]);
      await lambda.stop();
    },
  };
};
