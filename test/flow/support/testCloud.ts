import { onTestFinished } from "vitest";
import { type Cloud, startCloud } from "../../../local/cloud.ts";
import type { Log } from "../../../local/platform/log.ts";
import type { QuietQueueWait, SizeName } from "../../../local/start/options.ts";

export interface TestCloudOptions {
  /** The folder for state. By default all state is in memory. */
  readonly data?: string;
  readonly demo?: boolean;
  /** By default no canary runs: it would use the cloud beside the test. */
  readonly canary?: boolean;
  /** By default one region. */
  readonly regions?: readonly string[];
  readonly openSignUp?: boolean;
  /** By default `standard`. `starter` has a quota of 10 concurrent executions. */
  readonly size?: SizeName;
  /** How requests of functions reach the services; by default over message ports. */
  readonly wire?: "port" | "http";
  /** Lifetime of an event stream; by default as in a deployment. */
  readonly streamSeconds?: number;
  /** How long a batch window may wait on a quiet queue; by default for its own time. */
  readonly quietQueueWait?: QuietQueueWait;
  readonly log?: Log;
}

/** Starts a complete cloud on free ports, in this process. The caller stops it. */
export const startTestCloud = async (options: TestCloudOptions = {}): Promise<Cloud> =>
  await startCloud({
    data: options.data,
    regions: options.regions,
    apiPort: 0,
    mqttPort: 0,
    demo: options.demo ?? false,
    canary: options.canary ?? false,
    openSignUp: options.openSignUp ?? false,
    wire: options.wire ?? "port",
    streamSeconds: options.streamSeconds,
    quietQueueWait: options.quietQueueWait,
    ...(options.size !== undefined && { size: options.size }),
    log: options.log ?? (() => {}),
    onFatalError: (error) => {
      throw error;
    },
  });

/** Starts a cloud that stops when the test ends. */
export const testCloud = async (options: TestCloudOptions = {}): Promise<Cloud> => {
  const cloud = await startTestCloud(options);
  onTestFinished(cloud.stop);
  return cloud;
};
