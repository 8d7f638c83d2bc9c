import { globalTableNames as names } from "../infra/constructs/globalTableNames.ts";

/** A table whose rows can be brought back. */
export interface Restorable {
  /** What it is called on the command line. */
  readonly name: string;
  readonly table: string;
  readonly byDefault: boolean;
  /** How the keys of rows begin that must not come back: they say how something did at that time. */
  readonly passing: readonly { readonly key: "pk" | "sk"; readonly prefix: string }[];
}

/** Every table that can be restored, in the order in which it is done: who may use the cloud comes first. */
export const tables: readonly Restorable[] = [
  { name: "accounts", table: names.accounts, byDefault: true, passing: [] },
  { name: "devices", table: names.devices, byDefault: true, passing: [] },
  {
    name: "integrations",
    table: names.integrations,
    byDefault: true,
    // Who listened then, and what failed then: an old failure would disable an integration that works.
    passing: [
      { key: "sk", prefix: "listener#" },
      { key: "sk", prefix: "trouble#" },
    ],
  },
  {
    name: "dead-letters",
    table: names.deadLetters,
    byDefault: true,
    // A job that ran then has no message any more, and would stand in the way of new ones.
    passing: [{ key: "pk", prefix: "jobs#" }],
  },
  {
    name: "sessions",
    table: names.sessions,
    // They heal by themselves, and an old one says what is not so any more.
    byDefault: false,
    // Since when sessions are whole: never since a time before the restore.
    passing: [{ key: "pk", prefix: "epoch" }],
  },
  // What the ledger counted is in no other place that it would count again.
  { name: "ledger", table: names.ledger, byDefault: true, passing: [] },
];
