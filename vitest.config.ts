import { resolve } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Tests that start the whole cloud: its templates are synthesized once for all of them. */
const whole = [
  "test/flow/**/*.test.ts",
  "test/drill/**/*.test.ts",
  "test/local/cloud/**/*.test.ts",
];

// Processes and threads that the tests start need not compile again what another one has compiled.
process.env.NODE_COMPILE_CACHE ??= resolve(".godwit/compiled");

/** Those that wait the longest, in this order: what is begun last is waited for at the end. */
const first = [/\/drills\.test/, /\/cloud\/start\.test/, /\/flow\//, /\/cloud\//];

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
    // They wait much of the time; two of them leave two cores idle.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: "parts",
          include: ["test/**/*.test.ts"],
          exclude: whole,
          setupFiles: ["test/ownVariables.ts"],
          // To load the same modules anew for each file takes as much processor time as the tests do.
          isolate: false,
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "whole",
          include: whole,
          isolate: false,
          setupFiles: ["test/ownVariables.ts", "test/flow/support/checkReplies.ts"],
          globalSetup: ["test/flow/support/synthesizeOnce.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
