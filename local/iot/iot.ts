import { mkdir } from "node:fs/promises";
import type { Server } from "node:http";
import { interceptRequests, type RequestInterceptor } from "../fault/interceptor.ts";
import { closeHttp, listenHttp } from "../http/httpServer.ts";
import { type RestRoute, restServer } from "../http/restServer.ts";
import type { Credentials, Signers } from "../http/signature.ts";
import type { Log } from "../platform/log.ts";
import { type DiskSpace, openDiskSpace } from "../state/diskSpace.ts";
import type { ResourceProvider } from "../template/resourceProvider.ts";
import { openBroker } from "./broker/broker.ts";
import { type ConnectRateLimiter, createConnectRateLimiter } from "./broker/connectRateLimiter.ts";
import { listenMqtt } from "./broker/mqttListener.ts";
import { restartableBroker } from "./broker/restartableBroker.ts";
import { type Authority, openAuthority } from "./certificate/authority.ts";
import { type Counts, newCounts } from "./counts.ts";
import { controlPlaneRoutes } from "./http/controlPlane.ts";
import { dataPlaneRoutes } from "./http/dataPlane.ts";
import { takeWebSockets } from "./http/mqttWebSocket.ts";
import { connectsPerSecondDefault, payloadBytesMax } from "./limits.ts";
import { type Policies, policyProvider } from "./policy/policies.ts";
import { openProvisioner } from "./provisioning/provisioner.ts";
import {
  type ProvisioningTemplates,
  provisioningTemplateProvider,
} from "./provisioning/template.ts";
import { openRegistry } from "./registry.ts";
import type { Targets } from "./rule/action.ts";
import { openRules } from "./rule/rules.ts";
import { topicRuleProvider } from "./rule/topicRule.ts";

export interface IotOptions extends Targets {
  readonly region: string;
  readonly account: string;
  /** Keeps the certificate authority, things and certificates over restarts. */
  readonly folder: string;
  /** 0 for any that is free. */
  readonly mqttPort: number;
  /** Who may call the HTTP endpoints and connect by WebSocket. */
  readonly credentials: Credentials;
  readonly log: Log;
  /**
   * The number of a client's first connection (0 unless it is given). This broker forgets numbers when it ends, as IoT
   * Core does after an hour: one that is started again on the same state begins with a larger one, or its connections
   * would seem to be older than those before.
   */
  readonly firstVersion?: () => number;
  /** How many clients may connect in a second. */
  readonly connectsPerSecond?: number | undefined;
  /** What devices trust and are certified by: that of its folder, or one that regions share. */
  readonly authority?: Authority;
  /** Invokes a function by its ARN: the hooks of provisioning templates. */
  readonly invoke?: (functionArn: string, event: object) => Promise<unknown>;
  /** Of the disk that the targets of the rules and the folder are on. */
  readonly space?: DiskSpace;
}

/** AWS IoT Core for one machine. */
export interface Iot {
  readonly providers: ResourceProvider[];
  /** Takes connections, now that policies and rules are made. */
  open(): Promise<void>;
  readonly mqttPort: number;
  /** What `AWS_ENDPOINT_URL_IOT` should be. */
  readonly controlUrl: string;
  /** What `AWS_ENDPOINT_URL_IOT_DATA_PLANE` should be. MQTT over WebSockets is at `/mqtt` there. */
  readonly dataUrl: string;
  /** What a client has to trust. */
  readonly caPem: string;
  readonly counts: Readonly<Counts>;
  readonly interceptors: {
    readonly control: RequestInterceptor;
    readonly data: RequestInterceptor;
  };
  readonly connectRateLimiter: ConnectRateLimiter;
  /** Cuts every client without a word, and takes none. */
  halt(): void;
  /** Takes clients again: a broker that knows of none. */
  resume(): Promise<void>;
  /** Lets publishes that are under way end, within a bound, and closes everything. */
  stop(): Promise<void>;
}

/** Starts it on 127.0.0.1 alone. Rejects with Node's `EADDRINUSE` when the MQTT port is taken. */
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
  const { invoke = noFunctions } = options;
  const provisioner = await openProvisioner({ ...shared, templates, invoke, log, now: Date.now });
  const { connectsPerSecond = connectsPerSecondDefault } = options;
  const connectRateLimiter = createConnectRateLimiter(
    connectsPerSecond,
    () => performance.now(),
    log,
  );
  const mqtt = await listenMqtt({ ...shared, port, connectRateLimiter, log });
  const counts = newCounts();
  const rules = openRules({ counts, space, log });
  const broker = await restartableBroker(() =>
    openBroker({ rules, provisioner, counts, log, firstVersion: firstVersion() }),
  );

  const data = serve(options, { service: dataService, routes: dataPlaneRoutes(broker, counts) });
  const webSocketSigners = signers(options, webSocketService);
  takeWebSockets(data, { broker, connectRateLimiter, signers: webSocketSigners, log });
  const dataUrl = await listenHttp(data);
  const controlRoutes = controlPlaneRoutes({
    ...shared,
    dataEndpoint: `127.0.0.1:${mqtt.port}`,
  });
  const control = serve(options, { service: controlService, routes: controlRoutes });
  const controlUrl = await listenHttp(control);
  const interceptor = (server: Server) =>
    interceptRequests(server, { region, serviceOf: () => "broker" });

  return {
    providers: [
      policyProvider(policies),
      topicRuleProvider(rules, options),
      provisioningTemplateProvider(templates),
    ],
    open: async () => mqtt.open(broker),
    mqttPort: mqtt.port,
    controlUrl,
    dataUrl,
    caPem: authority.caPem,
    counts,
    interceptors: { control: interceptor(control), data: interceptor(data) },
    connectRateLimiter,
    halt() {
      mqtt.halt();
      broker.kill();
    },
    async resume() {
      await broker.revive();
      mqtt.open(broker);
    },
    async stop() {
      await broker.stop();
      await Promise.all([mqtt.close(), closeHttp(data), closeHttp(control)]);
    },
  };
};

const noFunctions = (): Promise<never> => Promise.reject(new Error("there are no functions"));

// As the SDK's clients sign, and as WebSockets are signed.
const dataService = "iotdata";
const controlService = "iot";
const webSocketService = "iotdevicegateway";

const signers = ({ credentials, region }: IotOptions, service: string): Signers => ({
  credentials,
  region,
  services: [service],
});

const serve = (
  options: IotOptions,
  { service, routes }: { service: string; routes: readonly RestRoute[] },
) =>
  restServer({
    routes,
    signers: signers(options, service),
    bodyBytesMax: payloadBytesMax,
    // What is published is any bytes.
    isJson: () => service !== dataService,
    space: options.space,
    log: options.log,
  });
