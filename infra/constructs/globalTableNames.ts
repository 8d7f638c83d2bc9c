/**
 * The names of the global tables. They are made once, by the stack of the first region, and every region's
 * functions know them by these names; so a name, once deployed, does not change.
 */
export const globalTableNames = {
  accounts: "godwit-accounts",
  devices: "godwit-devices",
  integrations: "godwit-integrations",
  deadLetters: "godwit-dead-letters",
  sessions: "godwit-sessions",
  ledger: "godwit-ledger",
} as const;
