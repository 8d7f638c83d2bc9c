import { onTestFinished } from "vitest";
import { type Cloud, startCloud } from "../../../local/cloud.ts";
import type { Log } from "../../../local/platform/log.ts";

export interface TestCloudOptions {
  /** The folder for state. By default all state is in memory. */
  readonly data?: string;
  readonly demo?: boolean;
  /** By default one region. */
  readonly regions?: readonly string[];
  readonly openSignUp?: boolean;
  /** How requests of functions reach the services; by default over message ports. */
  readonly wire?: "port" | "http";
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
    openSignUp: options.openSignUp ?? false,
    wire: options.wire ?? "port",
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
