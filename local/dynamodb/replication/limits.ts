/** Limits of table replication. The unit is last in each name. */

/**
 * Typically within a second:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GlobalTables.html
 */
export const lagMsDefault = 500;
export const lagMsMax = 3_600_000;
/** Maximum rows per batch. */
export const batchRowsMax = 100;
/** Interval of the check for rows to send. */
export const checkEveryMs = 20;
/** Lifetime of tombstones. A region that is disconnected for longer may restore deleted rows. */
export const tombstoneMs = 604_800_000;
