import { defineConfig } from "vitest/config";

/** Tests that start the whole cloud: its templates are synthesized once for all of them. */
const whole = [
  "test/flow/**/*.test.ts",
  "test/drill/**/*.test.ts",
  "test/local/cloud/**/*.test.ts",
];

export default defineConfig({
  test: {
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: "parts",
          include: ["test/**/*.test.ts"],
          exclude: whole,
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "whole",
          include: whole,
          globalSetup: ["test/flow/support/synthesizeOnce.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
