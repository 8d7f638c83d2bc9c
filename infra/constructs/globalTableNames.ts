/**
 * The names of the global tables. The stack of the first region creates them, and the functions of
 * every region use these names. A name does not change after the first deployment.
 */
export const globalTableNames = {
  accounts: "godwit-accounts",
  devices: "godwit-devices",
  integrations: "godwit-integrations",
  deadLetters: "godwit-dead-letters",
  sessions: "godwit-sessions",
  ledger: "godwit-ledger",
  operations: "godwit-operations",
  audit: "godwit-audit",
  firmware: "godwit-firmware",
} as const;
