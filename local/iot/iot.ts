import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import type { Server } from "node:http";
import type { MetricSource } from "../cloudwatch/metricSink.ts";
import type { AwsResponse } from "../http/awsRequest.ts";
import { type AwsService, startAwsService } from "../http/awsService.ts";
import { type RestRoute, restError, restHandler } from "../http/restHandler.ts";
import type { Credentials, Signers } from "../http/signature.ts";
import type { Access } from "../iam/access.ts";
import { AccessDenied } from "../iam/accessDenied.ts";
import type { Log } from "../platform/log.ts";
import { type DiskSpace, openDiskSpace } from "../state/diskSpace.ts";
import type { ResourceProvider } from "../template/resourceProvider.ts";
import { type Broker, openBroker } from "./broker/broker.ts";
import { type BrokerMeter, createBrokerMeter } from "./broker/brokerMeter.ts";
import { type ConnectRateLimiter, createConnectRateLimiter } from "./broker/connectRateLimiter.ts";
import { listenMqtt } from "./broker/mqttListener.ts";
import { restartableBroker } from "./broker/restartableBroker.ts";
import { type Authority, openAuthority } from "./certificate/authority.ts";
import { type Counts, newCounts } from "./counts.ts";
import type { ControlPlane } from "./http/control/request.ts";
import { controlPlaneRoutes } from "./http/controlPlane.ts";
import { dataPlaneRoutes } from "./http/dataPlane.ts";
import { serveWebSockets } from "./http/mqttWebSocket.ts";
import { connectsPerSecondDefault, payloadBytesMax } from "./limits.ts";
import { everything, type Permissions } from "./policy/permissions.ts";
import { type Policies, policyProvider } from "./policy/policies.ts";
import { openProvisioner } from "./provisioning/provisioner.ts";
import {
  type ProvisioningTemplates,
  provisioningTemplateProvider,
} from "./provisioning/template.ts";
import { openRegistry } from "./registry.ts";
import type { Targets } from "./rule/action.ts";
import { openRuleMeters } from "./rule/ruleMeter.ts";
import { openRules } from "./rule/rules.ts";
import { topicRuleProvider } from "./rule/topicRule.ts";

export interface IotOptions extends Targets {
  readonly region: string;
  readonly account: string;
  /** The folder that persists the certificate authority, things and certificates. */
  readonly folder: string;
  /** 0 selects any free port. */
  readonly mqttPort: number;
  /** Credentials for the HTTP endpoints and WebSockets. */
  readonly credentials: Credentials;
  /** The roles that may call; by default only the account's owner may. */
  readonly access?: Access | undefined;
  readonly log: Log;
  /**
   * The version number of a client's first connection (default 0). This broker loses version
   * numbers when it stops, as IoT Core does after an hour. A broker that restarts on the same state
   * must start with a larger number; otherwise its connections appear older than previous ones.
   */
  readonly firstVersion?: () => number;
  /** Maximum rate of connections. */
  readonly connectsPerSecond?: number | undefined;
  /** The certificate authority: by default that of the folder, or one that regions share. */
  readonly authority?: Authority;
  /** Invokes a function by its ARN, for the hooks of provisioning templates. */
  readonly invoke?: (functionArn: string, event: object) => Promise<unknown>;
  /** Admits a message of a device to a queue: resolves when it may enter. */
  readonly admit?: () => Promise<void> | undefined;
  /** The disk of the folder and of the rules' targets. */
  readonly space?: DiskSpace;
}

/** AWS IoT Core for one machine. */
export interface Iot {
  readonly providers: ResourceProvider[];
  /** Accepts connections, after policies and rules are created. */
  open(): Promise<void>;
  readonly mqttPort: number;
  readonly control: AwsService;
  /** MQTT over WebSockets is at the path `/mqtt` of its URL. */
  readonly data: AwsService;
  /** The CA certificate that clients must trust. */
  readonly caPem: string;
  readonly counts: Readonly<Counts>;
  readonly metrics: readonly MetricSource[];
  readonly connectRateLimiter: ConnectRateLimiter;
  /** Cuts every client without presence events, and rejects new ones. */
  halt(): void;
  /** Starts a new broker without state and accepts clients. */
  resume(): Promise<void>;
  /** Waits a bounded time for publishes in flight, then closes everything. */
  stop(): Promise<void>;
}

/**
 * Starts IoT Core on 127.0.0.1. Rejects with Node.js's `EADDRINUSE` when the MQTT port is in use.
 */
export const startIot = async (options: IotOptions): Promise<Iot> => {
  const { region, account, folder, mqttPort: port, log, firstVersion = () => 0 } = options;
  const { space = openDiskSpace() } = options;
  const arnPrefix = `arn:aws:iot:${region}:${account}:`;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const authority = options.authority ?? (await openAuthority(folder));
  const registry = await openRegistry(folder, space);
  const policies: Policies = new Map();
  const shared = { authority, registry, policies, arnPrefix };
  const templates: ProvisioningTemplates = new Map();
  const { access, invoke = noFunctions } = options;
  const place = { region, account };
  const deps = { ...shared, templates, invoke, place, access, log, now: Date.now };
  const provisioner = await openProvisioner(deps);
  const { connectsPerSecond = connectsPerSecondDefault } = options;
  const monotonic = () => performance.now();
  const connectRateLimiter = createConnectRateLimiter(connectsPerSecond, monotonic, log);
  const [meter, meters] = [createBrokerMeter(), openRuleMeters()];
  const mqtt = await listenMqtt({ ...shared, port, connectRateLimiter, meter, log });
  const counts = newCounts();
  const { admit } = options;
  let halts = 0;
  const halted = { halts: () => halts, ...(admit && { admit }) };
  const rules = openRules({ counts, meters, space, log, ...halted });
  const broker = await restartableBroker(() =>
    openBroker({ rules, provisioner, counts, meter, log, firstVersion: firstVersion() }),
  );

  const planes = { ...shared, rules, broker, counts, connectRateLimiter, log };
  const dataEndpoint = `127.0.0.1:${mqtt.port}`;
  const { data, control } = await servePlanes(options, { ...planes, dataEndpoint });

  return {
    providers: [
      policyProvider(policies),
      topicRuleProvider(rules, options),
      provisioningTemplateProvider(templates),
    ],
    open: async () => mqtt.open(broker),
    mqttPort: mqtt.port,
    control,
    data,
    caPem: authority.caPem,
    counts,
    metrics: [throttles(connectRateLimiter, meter), meter, meters],
    connectRateLimiter,
    halt() {
      halts += 1;
      mqtt.halt();
      broker.kill();
    },
    async resume() {
      await broker.revive();
      mqtt.open(broker);
    },
    async stop() {
      await broker.stop();
      await Promise.all([mqtt.close(), data.stop(), control.stop()]);
    },
  };
};

interface PlaneDeps extends ControlPlane {
  readonly broker: Broker;
  readonly counts: Counts;
  readonly connectRateLimiter: ConnectRateLimiter;
  readonly log: Log;
}

/** Starts the servers of the data plane, with WebSockets, and of the control plane. */
const servePlanes = async (options: IotOptions, deps: PlaneDeps) => {
  const { arnPrefix, broker, counts } = deps;
  const sockets = {
    ...deps,
    signers: signers(options, webSocketService),
    permissionsOf: permissionsOf(options, arnPrefix),
  };
  const data = await serve(options, {
    service: dataService,
    routes: dataPlaneRoutes(broker, counts, options),
    extend: (server) => serveWebSockets(server, sockets),
  });
  const routes = controlPlaneRoutes(deps, options);
  const control = await serve(options, { service: controlService, routes });
  return { data, control };
};

/** Passes the connections that the limit has rejected on to the meter. */
const throttles = (limiter: ConnectRateLimiter, meter: BrokerMeter): MetricSource => {
  let counted = 0;
  return {
    collect() {
      for (; counted < limiter.rejected; counted += 1) meter.count("Connect.Throttle");
    },
  };
};

const noFunctions = (): Promise<never> => Promise.reject(new Error("there are no functions"));

// Service names in signatures of the SDK's clients and of WebSockets.
const dataService = "iotdata";
const controlService = "iot";
const webSocketService = "iotdevicegateway";

/** The permissions of a role's connection over WebSockets. */
const permissionsOf =
  ({ access }: IotOptions, arnPrefix: string) =>
  (roleKey: string | undefined): Permissions =>
    roleKey === undefined
      ? everything
      : {
          allow: (action, resource) =>
            access?.isAllowed(roleKey, [{ action, resource: `${arnPrefix}${resource}` }]) ?? false,
        };

const signers = ({ credentials, access, region }: IotOptions, service: string): Signers => ({
  credentials,
  roles: access,
  region,
  services: [service],
});

/** The data plane does not say what is missing. */
const forbiddenResponse = (): AwsResponse => ({
  status: 403,
  headers: { "content-type": "application/json", "x-amzn-errortype": "ForbiddenException" },
  body: JSON.stringify({ message: "Forbidden", traceId: randomUUID() }),
});

const serve = (
  options: IotOptions,
  { service, routes, extend }: ServedRoutes,
): Promise<AwsService> =>
  startAwsService({
    region: options.region,
    serviceOf: () => "broker",
    signers: signers(options, service),
    bodyBytesMax: payloadBytesMax,
    // Published payloads are arbitrary bytes.
    isJson: () => service !== dataService,
    errorResponse: (failure) =>
      service === dataService && failure instanceof AccessDenied
        ? forbiddenResponse()
        : restError(failure),
    handler: restHandler({ routes, access: options.access, space: options.space }),
    ...(extend && { extend }),
    log: options.log,
  });

interface ServedRoutes {
  readonly service: string;
  readonly routes: readonly RestRoute[];
  readonly extend?: (server: Server) => void;
}
