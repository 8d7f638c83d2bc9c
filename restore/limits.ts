/** Default rate of writes to a live table, in rows per second. */
export const rowsPerSecondDefault = 500;
/**
 * A table with on-demand capacity accepts 4,000 small writes per second initially; its users need a
 * part of them.
 */
export const rowsPerSecondMax = 2_000;
/** Rows compared per second. Each is read twice. */
export const comparedPerSecond = 2_000;
/** Rows of a page, which are compared together: the maximum of BatchGetItem. */
export const pageRows = 100;
/** Maximum concurrent writes. */
export const putsAtOnce = 25;
/** DynamoDB returns unprocessed keys of a BatchGetItem that is too large or throttled. */
export const readsOfPageMax = 20;
export const readAgainMs = 200;
/** Maximum keys of missing rows in the output. */
export const examplesMax = 5;
/** Interval of progress messages. */
export const tellEveryMs = 10_000;

/** Interval and maximum duration of polling for a restored table. */
export const askCopyMs = 15_000;
export const copyHoursMax = 12;
