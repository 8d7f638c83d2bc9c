import { onTestFinished } from "vitest";
import { type Cloud, startCloud } from "../../../local/cloud.ts";
import type { Log } from "../../../local/platform/log.ts";

export interface TestCloudOptions {
  /** A folder that keeps state; without it everything is in memory and goes away. */
  readonly data?: string;
  readonly demo?: boolean;
  /** Without them there is one. */
  readonly regions?: readonly string[];
  readonly openSignUp?: boolean;
  readonly log?: Log;
}

/** A whole cloud on free ports, in this process. The caller stops it. */
export const startTestCloud = async (options: TestCloudOptions = {}): Promise<Cloud> =>
  await startCloud({
    data: options.data,
    regions: options.regions,
    apiPort: 0,
    mqttPort: 0,
    demo: options.demo ?? false,
    openSignUp: options.openSignUp ?? false,
    log: options.log ?? (() => {}),
    onFatalError: (error) => {
      throw error;
    },
  });

/** The same for one test: it is stopped when the test ends. */
export const testCloud = async (options: TestCloudOptions = {}): Promise<Cloud> => {
  const cloud = await startTestCloud(options);
  onTestFinished(cloud.stop);
  return cloud;
};
