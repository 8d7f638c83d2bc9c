import { getPriority, setPriority } from "node:os";
import { expect } from "vitest";

/**
 * Nice values: drills measure a cloud against time and come first, then tests of a whole cloud,
 * which mostly wait, then tests that compute. A process keeps the lowest priority that it had.
 */
const priorities = [
  { path: /\/test\/drill\/drills\./, nice: 0 },
  { path: /\/test\/(flow|drill|browser\/console|local\/cloud)\//, nice: 3 },
] as const;
const niceDefault = 6;

const { testPath = "" } = expect.getState();
const nice = priorities.find(({ path }) => path.test(testPath))?.nice ?? niceDefault;
// Only an administrator may raise a priority.
if (nice > getPriority()) setPriority(nice);
