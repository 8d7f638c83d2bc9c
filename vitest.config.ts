import { resolve } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Tests that start the entire cloud. Its templates are synthesized once for all of them. */
const whole = [
  "test/flow/**/*.test.ts",
  "test/drill/**/*.test.ts",
  "test/local/cloud/**/*.test.ts",
  "test/browser/console/**/*.test.ts",
];

/**
 * A test that takes longer hangs. The limits allow for a slow machine that other processes share:
 * speed is measured in `bench/`.
 */
const limits = (ms: number) => ({ testTimeout: ms, hookTimeout: ms });
const partLimits = limits(60_000);

/** Tests that replace a module, which other files must not share. */
const replacing = [
  "test/local/lambda/commonThread.test.ts",
  "test/local/lambda/sharedThread.test.ts",
];

// Processes and threads that the tests start share their compiled modules.
process.env.NODE_COMPILE_CACHE ??= resolve(".godwit/compiled");

/**
 * The slowest tests, in this order. They start first, so that the run does not end with one of them
 * on a single core. Those of the whole cloud, which mostly wait, come before those that compute.
 */
const first = [
  /\/test\/drill\/drills\./,
  /\/presenceAfterKill\./,
  /\/browser\/console\//,
  /\/flow\/device\/regions\./,
  /\/flow\/pipeline\/(pipeline|backfill|replay)\./,
  /\/flow\/api\/(particleApi|strictInput|api|readme|contract)\./,
  /\/flow\/(stream|device)\//,
  /\/(flow|local\/cloud)\//,
  /\/test\/drill\//,
  /\/simulation\//,
  /\/(regions\/plans|infra\/lifecycle|preflight)/,
  /\/local\/lambda\/lambda\./,
  /\/(infra|browser)\//,
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const found = first.findIndex((pattern) => pattern.test(moduleId));
      return found === -1 ? first.length : found;
    };
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    // Tests wait much of the time: as many workers as cores leave cores idle. With four, the clouds
    // of drills got too little processor time.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: "parts",
          include: ["test/**/*.test.ts"],
          exclude: [...whole, ...replacing],
          setupFiles: ["test/ownVariables.ts", "test/priority.ts"],
          // Loading the modules for each file again takes as much processor time as the tests.
          isolate: false,
          // Node.js runs TypeScript itself. Code that Vite has transformed runs slower.
          experimental: { viteModuleRunner: false },
          ...partLimits,
        },
      },
      {
        test: {
          name: "replacing",
          include: replacing,
          setupFiles: ["test/ownVariables.ts", "test/priority.ts"],
          ...partLimits,
        },
      },
      {
        test: {
          name: "whole",
          include: whole,
          isolate: false,
          experimental: { viteModuleRunner: false },
          setupFiles: [
            "test/ownVariables.ts",
            "test/priority.ts",
            "test/flow/support/checkReplies.ts",
          ],
          globalSetup: ["test/flow/support/synthesizeOnce.ts"],
          ...limits(180_000),
        },
      },
    ],
  },
});
