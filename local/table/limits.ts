/** Limits of requests to DynamoDB. The unit is last in each name. */

/**
 * Maximum size of a batch of writes: 16 MB.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
 */
export const requestBytesMax = 16_777_216;
/**
 * Maximum nesting of parentheses in an expression. DynamoDB allows more; the emulator's parser
 * takes seconds from about 15 levels on.
 */
export const parenthesesMax = 8;
/**
 * Matches a request that may exceed it: this many opening parentheses with any text between them.
 */
export const parentheses = new RegExp(`(\\([^(]*){${parenthesesMax + 1}}`);
