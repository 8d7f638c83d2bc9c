import { setTimeout as wait } from "node:timers/promises";
import type { MetricSink, MetricSource } from "../cloudwatch/metricSink.ts";
import type { Fault } from "../fault/fault.ts";
import type { Credentials } from "../http/signature.ts";
import type { Log } from "../platform/log.ts";
import type { ResourceProvider } from "../template/resourceProvider.ts";
import type { ServedWire } from "../wire/openWire.ts";
import type { ResponseSink } from "./environment/environment.ts";
import type { ThreadDeps } from "./environment/environmentThread.ts";
import { environmentVariables, type LocalVariables } from "./environment/environmentVariables.ts";
import { ExecutionMeter } from "./environment/executionMeter.ts";
import { ExecutionQuota } from "./environment/executionQuota.ts";
import { type Metrics, metricStore } from "./environment/metrics.ts";
import { Pool } from "./environment/pool.ts";
import { SharedThreads } from "./environment/sharedThreads.ts";
import type { Usage } from "./environment/usage.ts";
import { FunctionError, FunctionNotFound } from "./errors.ts";
import {
  type EventSourceMappingRequest,
  eventSourceMappingProvider,
} from "./eventSource/eventSourceMappingProvider.ts";
import { createMappings, type MappingOptions, type Mappings } from "./eventSource/mappings.ts";
import { readAssetFolders } from "./function/assetFolders.ts";
import type { FunctionConfig } from "./function/functionConfig.ts";
import { functionProvider } from "./function/functionProvider.ts";
import { functionMetrics, type MeteredFunction } from "./functionMetrics.ts";
import { type AsyncInvocations, asyncInvocations } from "./invoke/asyncInvocations.ts";
import { eventInvokeConfigProvider } from "./invoke/eventInvokeConfigProvider.ts";
import {
  accountExecutions,
  asyncPayloadBytesMax,
  patientWindowSecondsMin,
  payloadBytesMax,
  queueYoungGenerationMb,
  sharedYoungGenerationMb,
  stopMsMax,
} from "./limits.ts";
import { bundleRuntime } from "./runtime/bundleRuntime.ts";

export interface LambdaOptions extends MappingOptions {
  /** The cloud assembly, with the functions' code. */
  readonly assembly: string;
  readonly variables: LocalVariables;
  /**
   * Opens the ports to the services for one environment of a function with an access key; by
   * default its requests use HTTP.
   */
  readonly openWires?: (roleKey: string | undefined) => readonly ServedWire[];
  /** The credentials of a function; by default those of the variables. */
  readonly credentialsOf?: (config: FunctionConfig) => Credentials | undefined;
  /** Fails when Lambda cannot run a function with its role. */
  readonly checkFunction?: (config: FunctionConfig) => void;
  /** Fails when a function's role does not allow Lambda to read the queue of a mapping. */
  readonly checkMapping?: (config: FunctionConfig, queueArn: string) => void;
  /** The quota of concurrent executions of the account. Default: 1,000. */
  readonly executionsMax?: number | undefined;
  /** Receives the metrics that functions write in the embedded metric format. */
  readonly metricSink?: MetricSink;
}

/**
 * Lambda on one machine. A function is identified by its name or its ARN. An invocation fails with
 * one of these errors:
 *
 * - `FunctionNotFound`: the function does not exist.
 * - `FunctionError`: the function failed.
 * - `ThrottledError`: all environments of the function are busy.
 * - `RangeError`: the event is too large.
 */
export interface Lambda {
  readonly providers: readonly ResourceProvider[];
  /** Starts to receive messages for the event source mappings. */
  open(): void;
  /** Terminates every environment at once and rejects messages and invocations. */
  halt(): Promise<void>;
  resume(): void;
  /** Sets the fault of every function; `undefined` clears it. */
  setFault(fault: Fault | undefined): void;
  /**
   * Takes all free file descriptors of one environment of the function whose name contains this
   * text. Returns its name, the one of its log stream; `undefined` without such an environment.
   */
  exhaustDescriptors(functionName: string): string | undefined;
  /** Gives the file descriptors back to all environments. */
  restoreDescriptors(): void;
  invoke(functionName: string, event: unknown): Promise<unknown>;
  /** Invokes a function and resolves with the JSON text that its runtime wrote. */
  invokeForText(functionName: string, event: unknown): Promise<string>;
  /**
   * Resolves when the response is complete. A response that is not streamed is written as one
   * chunk.
   */
  invokeForStream(functionName: string, event: unknown, sink: ResponseSink): Promise<void>;
  /** Invokes the function asynchronously. Its outcome is only logged. */
  invokeAsync(functionName: string, event: unknown): void;
  readonly admission: Mappings["admission"];
  /** Metrics that functions wrote to their output. */
  readonly metrics: Metrics;
  /** Lambda's own metrics. */
  readonly serviceMetrics: MetricSource;
  /** Usage by function name. */
  usage(): Readonly<Record<string, Readonly<Usage>>>;
  /**
   * Stops receiving messages, waits a bounded time for invocations, then terminates every
   * environment.
   */
  stop(): Promise<void>;
}

interface DeployedFunction {
  readonly pool: Pool;
  readonly asyncInvocations: AsyncInvocations;
}

/** Starts Lambda with the code of the assembly. Functions are added by its `providers`. */
export const startLambda = async (options: LambdaOptions): Promise<Lambda> => {
  const { assembly, variables, credentialsOf, openWires, log } = options;
  const quota = new ExecutionQuota(options.executionsMax ?? accountExecutions);
  const meters = { ofAccount: new ExecutionMeter(), unreserved: new ExecutionMeter() };
  const runtime = await bundleRuntime();
  const metrics = metricStore(options.metricSink);
  const threadDeps = { runtime, log, metrics };
  const { ofQueues, ofSchedules, ofRequests } = sharedThreads(threadDeps);
  const deployed = new Map<string, DeployedFunction>();
  const requests: EventSourceMappingRequest[] = [];
  const mappings = createMappings(options);
  let fault: Fault | undefined;

  const pools = () => [...deployed.values()].map(({ pool }) => pool);
  const open = () => {
    checkRoles(pools(), requests, options);
    const all = requests.map((each) => [each, find(each.config.name).pool] as const);
    for (const [request, pool] of all) pool.join(isPatient(request) ? ofSchedules : ofQueues);
    mappings.open(all);
  };
  const find = (functionName: string): DeployedFunction => {
    const found = deployed.get(functionName.split(":")[6] ?? functionName);
    if (found === undefined) throw new FunctionNotFound(functionName);
    return found;
  };
  const add = (config: FunctionConfig): void => {
    const credentials = credentialsOf?.(config);
    const pool = new Pool(config, {
      ...threadDeps,
      variables: () => environmentVariables(config, variables, credentials),
      quota,
      meters: config.reserved === undefined ? Object.values(meters) : [meters.ofAccount],
      currentFault: () => fault,
      ...(openWires && { openWires: () => openWires(credentials?.accessKeyId) }),
    });
    if (config.reserved !== undefined) quota.reserve(config.name, config.reserved);
    deployed.set(config.name, { pool, asyncInvocations: asyncInvocationsOf(pool, log) });
  };
  return {
    providers: [
      functionProvider(await readAssetFolders(assembly), add),
      eventSourceMappingProvider(
        (name) => find(name).pool.config,
        (request) => requests.push(request),
      ),
      eventInvokeConfigProvider((name, config) => find(name).asyncInvocations.configure(config)),
    ],
    open,
    async halt() {
      void mappings.stop();
      await Promise.all(pools().map((pool) => pool.halt()));
    },
    resume() {
      for (const pool of pools()) pool.resume();
      open();
    },
    setFault(next) {
      fault = next;
    },
    ...descriptorsOf(pools),
    ...invocationsOf(find, { ofSchedules, ofRequests }),
    admission: mappings.admission,
    metrics,
    serviceMetrics: functionMetrics({ ...meters, functions: () => metersOf(pools()) }),
    usage: () => usageOf(pools()),
    async stop() {
      for (const { asyncInvocations } of deployed.values()) asyncInvocations.stop();
      await stopAll(mappings, pools());
    },
  };
};

/** Whether a mapping has large batches for which nobody waits: they must not delay events. */
const isPatient = ({ windowSeconds }: EventSourceMappingRequest): boolean =>
  windowSeconds >= patientWindowSecondsMin;

const asyncInvocationsOf = (pool: Pool, log: Log): AsyncInvocations =>
  asyncInvocations({
    functionName: pool.config.name,
    run: (payload) => pool.run({ payload }),
    counts: pool.counts,
    log,
  });

const usageOf = (pools: readonly Pool[]): ReturnType<Lambda["usage"]> =>
  Object.fromEntries(pools.map(({ config: { name }, usage }) => [name, { ...usage }]));

const descriptorsOf = (pools: () => readonly Pool[]) => ({
  exhaustDescriptors(functionName: string): string | undefined {
    for (const pool of pools()) {
      const worker = pool.config.name.includes(functionName)
        ? pool.exhaustDescriptors()
        : undefined;
      if (worker !== undefined) return worker;
    }
    return undefined;
  },
  restoreDescriptors(): void {
    for (const pool of pools()) pool.restoreDescriptors();
  },
});

/** The names and counts of all functions. */
const metersOf = (pools: readonly Pool[]): MeteredFunction[] =>
  pools.map(({ config: { name, reserved }, counts }) => ({ name, reserved, counts }));

/** A request has a thread for itself: a slow or faulty one concerns no other. */
const sharedThreads = (deps: ThreadDeps) => ({
  ofQueues: new SharedThreads(deps, { youngGenerationMb: queueYoungGenerationMb }),
  ofSchedules: new SharedThreads(deps, { youngGenerationMb: sharedYoungGenerationMb }),
  ofRequests: new SharedThreads(deps, {
    youngGenerationMb: sharedYoungGenerationMb,
    isExclusive: true,
  }),
});

/** Waits a bounded time for the invocations in progress, then terminates every environment. */
const stopAll = async (mappings: Mappings, pools: readonly Pool[]): Promise<void> => {
  const drained = (async () => {
    await mappings.stop();
    await Promise.all(pools.map((pool) => pool.close()));
  })();
  await Promise.race([drained, wait(stopMsMax, undefined, { ref: false })]);
  await Promise.all(pools.map((pool) => pool.stop()));
  await drained;
};

/** Fails when Lambda refuses the role of a function or of a mapping. */
const checkRoles = (
  pools: readonly Pool[],
  requests: readonly EventSourceMappingRequest[],
  { checkFunction, checkMapping }: LambdaOptions,
): void => {
  for (const { config } of pools) checkFunction?.(config);
  for (const { config, queueArn } of requests) checkMapping?.(config, queueArn);
};

const invocationsOf = (
  find: (functionName: string) => DeployedFunction,
  { ofSchedules, ofRequests }: Pick<ReturnType<typeof sharedThreads>, "ofSchedules" | "ofRequests">,
) => {
  const request = (functionName: string, event: unknown, sink: ResponseSink) => {
    const { pool } = find(functionName);
    pool.join(ofRequests);
    return pool.run({ payload: serialize(event, payloadBytesMax), sink });
  };
  const invokeForText = async (functionName: string, event: unknown): Promise<string> => {
    const pieces = collector();
    return (await request(functionName, event, pieces)) ?? pieces.text();
  };
  return {
    invokeForText,
    async invoke(functionName: string, event: unknown): Promise<unknown> {
      return JSON.parse(await invokeForText(functionName, event));
    },
    async invokeForStream(functionName: string, event: unknown, sink: ResponseSink) {
      const answer = await request(functionName, event, sink);
      if (answer !== undefined) await sink.write(Buffer.from(answer));
    },
    invokeAsync(functionName: string, event: unknown): void {
      const { pool, asyncInvocations } = find(functionName);
      // Nobody waits for these: a thread for all of them suffices.
      pool.join(ofSchedules);
      asyncInvocations.add(serialize(event, asyncPayloadBytesMax));
    },
  };
};

const serialize = (event: unknown, bytesMax: number): string => {
  const payload = JSON.stringify(event);
  const bytes = Buffer.byteLength(payload);
  if (bytes <= bytesMax) return payload;
  throw new RangeError(`${bytes} byte payload is too large (limit ${bytesMax} bytes)`);
};

/**
 * Collects a streamed response for a caller that needs it complete, up to the limit of a buffered
 * one.
 */
const collector = () => {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  return {
    async write(piece: Uint8Array): Promise<void> {
      bytes += piece.byteLength;
      if (bytes <= payloadBytesMax) pieces.push(piece);
    },
    text(): string {
      if (bytes <= payloadBytesMax) return Buffer.concat(pieces).toString();
      const errorMessage = `Response payload size exceeded maximum allowed payload size (${payloadBytesMax} bytes).`;
      throw new FunctionError({ errorType: "Function.ResponseSizeTooLarge", errorMessage });
    },
  };
};
