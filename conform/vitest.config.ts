import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** The contracts that `npm run conform` runs against an emulator that others wrote. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL("..", import.meta.url)),
    include: [
      "conform/contracts/*.test.ts",
      "test/shared/aws/event/queues.test.ts",
      "test/shared/aws/platform/tables.test.ts",
      "test/local/dynamodb/contract.test.ts",
    ],
    maxWorkers: 2,
    setupFiles: ["test/ownVariables.ts"],
    testTimeout: 20_000,
    // Contracts of different files use the same names.
    fileParallelism: false,
  },
});
