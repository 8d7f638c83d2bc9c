/**
 * Files and folders whose language is checked. Add a folder when its names and its prose follow the
 * rules of CONTRIBUTING.md; the list goes when it names every folder.
 */
const done = [
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "README.md",
  "bench/",
  "device/",
  "docs/",
  "drill/",
  "infra/stacks/",
  "local/control/",
  "local/demo/",
  "local/fault/",
  "local/http/",
  "local/kms/",
  "local/mail/",
  "local/platform/",
  "local/schedule/",
  "local/start/",
  "local/thread/",
  "shared/archive/",
  "shared/event/",
  "shared/health/",
  "shared/ledger/",
  "shared/routing/",
  "shared/stream/",
  "test/admin/",
  "test/bench/",
  "test/device/",
  "test/drill/",
  "test/language/",
];

/** Whether the language of a file is checked. */
export const isDone = (path: string): boolean => done.some((prefix) => path.startsWith(prefix));
