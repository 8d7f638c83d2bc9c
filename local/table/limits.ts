/** What bounds requests to the tables of this machine, with the unit last. */

/** A batch of writes takes 16 MB. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
export const requestBytesMax = 16_777_216;
/** Nested parentheses of an expression. DynamoDB takes more; the emulator's parser takes seconds from about 15 on. */
export const parenthesesMax = 8;
/** What a request has in it that goes beyond: so many opening ones, whatever stands between them. */
export const parentheses = new RegExp(`(\\([^(]*){${parenthesesMax + 1}}`);
