/**
 * Limits of DynamoDB. The unit is last in each name.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */

/** Maximum size of a request: a batch of writes has 16 MB. */
export const requestBytesMax = 16_777_216;
/** Maximum size of an item: 400 KB. */
export const itemBytesMax = 409_600;
export const partitionKeyBytesMax = 2_048;
export const sortKeyBytesMax = 1_024;
/** Maximum nesting of lists and maps. */
export const nestingLevelsMax = 32;
export const numberDigitsMax = 38;
/** Longest text of a number. `1E-130` without an exponent has 132 characters. */
export const numberCharactersMax = 512;

export const expressionBytesMax = 4_096;
/** Operators and functions in an expression. It also bounds the nesting. */
export const operatorsMax = 300;
/** Operands of `IN`. */
export const inOperandsMax = 100;
/** Elements of a document path. */
export const pathElementsMax = 32;

/** A page of `Query` and `Scan`, before the filter. */
export const pageBytesMax = 1_048_576;
export const batchGetKeysMax = 100;
export const batchWriteItemsMax = 25;
/** Total size of the items that a batch or a transaction reads. */
export const batchBytesMax = 16_777_216;
export const transactionActionsMax = 100;
export const transactionBytesMax = 4_194_304;
export const scanSegmentsMax = 1_000_000;

export const tablesMax = 2_500;
export const globalIndexesMax = 20;
export const localIndexesMax = 5;
export const listTablesMax = 100;

/** A repeated `ClientRequestToken` is recognized for this time. */
export const requestTokenMs = 600_000;
/** Maximum number of remembered tokens; the oldest is forgotten first. */
export const requestTokensMax = 10_000;
/** Series of the metrics of a region's tables. */
export const meteredTablesMax = 2_000;
/** Time that the collection of metrics waits for the thread of the tables. */
export const metricsMsMax = 1_000;
