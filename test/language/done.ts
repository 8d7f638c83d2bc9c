/**
 * Files and folders whose language is checked. Add a folder when its names and its prose follow the
 * rules of CONTRIBUTING.md; the list goes when it names every folder.
 */
const done = [
  "README.md",
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "device/README.md",
  "docs/adr/",
  "docs/api.md",
  "docs/control.md",
  "docs/domain.md",
  "docs/local.md",
  "docs/performance.md",
  "docs/provisioning.md",
  "docs/restore.md",
  "docs/runbook.md",
  "test/language/",
];

/** Whether the language of a file is checked. */
export const isDone = (path: string): boolean => done.some((prefix) => path.startsWith(prefix));
