/**
 * Files and folders whose language is checked. Add a folder when its names and its prose follow the
 * rules of CONTRIBUTING.md; the list goes when it names every folder.
 */
const done = [
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "README.md",
  "admin/",
  "bench/",
  "device/",
  "docs/",
  "drill/",
  "functions/",
  "infra/",
  "local/",
  "restore/",
  "shared/",
  "test/admin/",
  "test/bench/",
  "test/device/",
  "test/drill/",
  "test/flow/",
  "test/functions/",
  "test/infra/",
  "test/language/",
  "test/ownVariables.ts",
  "test/simulation/",
  "vitest.config.ts",
];

/** Whether the language of a file is checked. */
export const isDone = (path: string): boolean => done.some((prefix) => path.startsWith(prefix));
