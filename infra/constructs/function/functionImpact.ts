import type { AlarmText } from "../../../shared/alarm/alarmText.ts";
import type { FunctionName } from "../../../shared/platform/env.ts";

/** What customers notice of a problem. */
export type Impact = Pick<AlarmText, "severity" | "components">;

/**
 * What customers notice when a function fails or is throttled. A message of a queue is repeated, so
 * that service is delayed; a request of the API has failed.
 */
export const functionImpact: Readonly<Record<FunctionName, Impact>> = {
  route: { severity: "error", components: ["events", "integrations"] },
  deliver: { severity: "error", components: ["integrations"] },
  storeDeadLetters: { severity: "error", components: ["integrations"] },
  requeue: { severity: "error", components: ["integrations"] },
  record: { severity: "warning", components: ["integrations"] },
  ledger: { severity: "warning", components: ["integrations"] },
  archive: { severity: "warning", components: ["events"] },
  runJob: { severity: "error", components: ["integrations"] },
  recover: { severity: "error", components: ["events"] },
  presence: { severity: "error", components: ["connectivity"] },
  updates: { severity: "error", components: ["management"] },
  watch: { severity: "error", components: ["connectivity"] },
  pages: { severity: "warning", components: [] },
  watcher: { severity: "warning", components: [] },
  canary: { severity: "warning", components: [] },
  status: { severity: "warning", components: [] },
  admit: { severity: "error", components: ["management"] },
  admin: { severity: "warning", components: [] },
  provision: { severity: "error", components: ["management"] },
  accounts: { severity: "error", components: ["api"] },
  mail: { severity: "error", components: ["api"] },
  products: { severity: "error", components: ["management"] },
  devices: { severity: "error", components: ["management"] },
  firmware: { severity: "error", components: ["management"] },
  firmwareBinary: { severity: "warning", components: ["management"] },
  // Nobody could halt a release.
  releases: { severity: "error", components: ["management"] },
  releaseApi: { severity: "error", components: ["management"] },
  call: { severity: "error", components: ["calls"] },
  publish: { severity: "error", components: ["events"] },
  stream: { severity: "error", components: ["streams"] },
  console: { severity: "warning", components: [] },
  health: { severity: "error", components: ["api"] },
  contract: { severity: "warning", components: [] },
  integrations: { severity: "error", components: ["integrations"] },
  deadLetters: { severity: "error", components: ["integrations"] },
  jobs: { severity: "error", components: ["integrations"] },
  archiveSettings: { severity: "error", components: ["events"] },
  incidents: { severity: "warning", components: [] },
  subscriptions: { severity: "warning", components: [] },
  notify: { severity: "warning", components: [] },
  previews: { severity: "error", components: ["integrations"] },
};
