import type { InterceptorState } from "../fault/interceptor.ts";
import type { AwsHandler } from "../http/awsRequest.ts";
import { startAwsService } from "../http/awsService.ts";
import type { Credentials } from "../http/signature.ts";
import type { Access } from "../iam/access.ts";
import type { Log } from "../platform/log.ts";
import { type DiskSpace, openDiskSpace } from "../state/diskSpace.ts";
import type { ResourceProvider } from "../template/resourceProvider.ts";
import { alarmProviders } from "./alarmProviders.ts";
import { type Alarms, openAlarms } from "./alarms.ts";
import { Clock } from "./clock.ts";
import type { AlarmOutlets } from "./delivery.ts";
import { bodyBytesMax } from "./limits.ts";
import type { Metric } from "./metric/metric.ts";
import { openMetricStore } from "./metric/metricStore.ts";
import type { MetricSink, MetricSource } from "./metricSink.ts";
import { cloudWatchErrorResponse, cloudWatchHandler, isPlainJson } from "./protocol/handler.ts";
import { openTicker } from "./ticker.ts";

/** CloudWatch of one region: metrics and alarms. */
export interface CloudWatch {
  readonly url: string;
  /** Answers requests of functions, without HTTP. */
  readonly handle: AwsHandler;
  readonly providers: readonly ResourceProvider[];
  /** Receives metrics of functions and services. */
  readonly sink: MetricSink;
  readonly alarms: Alarms;
  /**
   * Moves CloudWatch's clock forward. Every minute up to then is collected and evaluated, so that
   * an alarm on hours takes milliseconds.
   */
  advance(ms: number): Promise<void>;
  /** Sets the state of an alarm until its next evaluation. */
  setState: Alarms["setState"];
  /** A stopped CloudWatch answers no requests and evaluates no alarms. */
  setFaults(state: InterceptorState): void;
  /** Starts to collect metrics and to evaluate alarms. */
  open(): Promise<void>;
  stop(): Promise<void>;
}

export interface CloudWatchOptions {
  /** The folder for the states of the alarms; without it, they do not survive a restart. */
  readonly folder: string | undefined;
  readonly region: string;
  readonly account: string;
  readonly credentials: Credentials;
  /** The roles that may call; by default only the account's owner may. */
  readonly access?: Access | undefined;
  /** The services whose metrics are collected, at the end of each minute. */
  readonly sources: () => readonly MetricSource[];
  readonly outlets: AlarmOutlets;
  /** The service quota of a usage metric; `undefined` if it has none. */
  readonly quotaOf: (metric: Metric) => number | undefined;
  readonly space?: DiskSpace;
  readonly log: Log;
}

/**
 * Starts CloudWatch on any free port of 127.0.0.1.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/Welcome.html
 */
export const startCloudWatch = async (options: CloudWatchOptions): Promise<CloudWatch> => {
  const { region, account, credentials, access, sources, log } = options;
  const clock = new Clock();
  const now = () => clock.now();
  const store = openMetricStore(now);
  const alarms = await openAlarms({
    ...options,
    space: options.space ?? openDiskSpace(),
    now,
    store,
  });
  let isStopped = false;
  const ticker = openTicker({
    clock,
    async runMinute(minute) {
      if (isStopped) return;
      await collectAll(sources(), store, minute - 60_000);
      store.prune();
      await alarms.evaluate(minute);
    },
    async settle() {
      if (!isStopped) await alarms.settle();
    },
    nextExpiry: () => (isStopped ? undefined : alarms.nextExpiry()),
    onGap: alarms.onGap,
    onError: (error) => log("the alarms could not be evaluated", { error }, "error"),
  });
  const service = await startAwsService({
    region,
    serviceOf: () => "alarms",
    signers: { credentials, roles: access, region, services: ["monitoring"] },
    bodyBytesMax,
    isJson: isPlainJson,
    handler: cloudWatchHandler({
      region,
      account,
      access,
      store,
      alarms,
      now,
      offsetMs: () => clock.offsetMs,
      quotaOf: options.quotaOf,
      inOrder: ticker.inOrder,
    }),
    errorResponse: cloudWatchErrorResponse,
    log,
  });
  return {
    url: service.url,
    handle: service.handle,
    providers: alarmProviders({ alarms, now, quotaOf: options.quotaOf }),
    sink: sinkOf(store, clock),
    alarms,
    advance: ticker.advance,
    setState: (name, given) => ticker.inOrder(() => alarms.setState(name, given)),
    setFaults(state) {
      isStopped = state.conditions.alarms?.isStopped ?? false;
      service.setFaults(state);
    },
    async open() {
      await alarms.start();
      ticker.start();
    },
    async stop() {
      await Promise.all([service.stop(), ticker.stop()]);
      await alarms.save();
    },
  };
};

/** Receives metrics with times of the machine, of which the clock can be ahead. */
const sinkOf = (store: MetricSink, clock: Clock): MetricSink => ({
  put: (datum) =>
    store.put(datum.time === undefined ? datum : { ...datum, time: datum.time + clock.offsetMs }),
});

/** Collects the values of the minute that began at `periodStart`. */
const collectAll = async (
  sources: readonly MetricSource[],
  sink: MetricSink,
  periodStart: number,
): Promise<void> => {
  await Promise.all(sources.map(async (source) => source.refresh?.()));
  for (const source of sources) source.collect(sink, periodStart);
};
