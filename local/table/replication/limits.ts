/** What bounds the replication of tables on this machine, with the unit last. */

/** Usually within a second: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GlobalTables.html */
export const lagMsDefault = 500;
export const lagMsMax = 3_600_000;
/** Rows that travel together. */
export const batchRowsMax = 100;
/** How often it is looked whether something is to be sent. */
export const lookEveryMs = 20;
/** What was deleted longer ago is forgotten, so a region that was cut off for longer may bring it back. */
export const tombstoneMs = 604_800_000;
