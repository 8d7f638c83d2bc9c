/**
 * Limits of Parameter Store. The unit is last in each name.
 * https://docs.aws.amazon.com/general/latest/gr/ssm.html
 */

/** The standard tier. */
export const parametersMax = 10_000;
export const valueBytesMax = 4_096;
export const nameCharsMax = 1_011;
export const descriptionCharsMax = 1_024;
/** Names in one request. */
export const namesMax = 10;
export const requestBytesMax = 65_536;
