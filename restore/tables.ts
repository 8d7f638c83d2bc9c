import { globalTableNames as names } from "../infra/constructs/globalTableNames.ts";

/** A table whose rows can be restored. */
export interface Restorable {
  /** The name on the command line. */
  readonly name: string;
  readonly table: string;
  readonly byDefault: boolean;
  /** Prefixes of keys that are not restored, because they describe the state at that time. */
  readonly passing: readonly { readonly key: "pk" | "sk"; readonly prefix: string }[];
}

/** The tables that can be restored, in this order: accounts first. */
export const tables: readonly Restorable[] = [
  { name: "accounts", table: names.accounts, byDefault: true, passing: [] },
  { name: "devices", table: names.devices, byDefault: true, passing: [] },
  {
    name: "integrations",
    table: names.integrations,
    byDefault: true,
    // Listeners, target health and reached limits of that time: an old failure could disable a
    // working integration.
    passing: [
      { key: "sk", prefix: "listener#" },
      { key: "sk", prefix: "trouble#" },
      { key: "sk", prefix: "usagereached#" },
    ],
  },
  {
    name: "dead-letters",
    table: names.deadLetters,
    byDefault: true,
    // Jobs of that time have no queue message any more, and would count against the limit of jobs.
    passing: [{ key: "pk", prefix: "jobs#" }],
  },
  {
    name: "sessions",
    table: names.sessions,
    // Sessions recover by themselves, and old ones are wrong.
    byDefault: false,
    // The epoch of sessions must not be earlier than the restore.
    passing: [{ key: "pk", prefix: "epoch" }],
  },
  { name: "audit", table: names.audit, byDefault: true, passing: [] },
  {
    name: "firmware",
    table: names.firmware,
    byDefault: true,
    // Releases that were in progress then: a restored one could continue after a person stopped it.
    passing: [
      { key: "pk", prefix: "active" },
      // A turn that a request has read could be given again.
      { key: "pk", prefix: "turns" },
    ],
  },
  // The ledger's counts exist nowhere else.
  { name: "ledger", table: names.ledger, byDefault: true, passing: [] },
  {
    name: "operations",
    table: names.operations,
    byDefault: true,
    // Alarms and heartbeats of that time: an old alarm would page again.
    passing: [
      { key: "pk", prefix: "openpages#" },
      { key: "pk", prefix: "heartbeats#" },
      // The region that sent messages, and webhooks that awaited their verification.
      { key: "pk", prefix: "noticelease" },
      { key: "pk", prefix: "verifications" },
    ],
  },
];
