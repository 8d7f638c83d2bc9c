/** Attempts of a request that AWS throttles or that gets no response. */
export const attemptsMax = 4;
/** Time to connect to a service, in milliseconds. */
export const connectMsMax = 5_000;
/** Time for one response of a service, in milliseconds. */
export const responseMsMax = 10_000;
/** Time for one check with all its requests, in milliseconds. */
export const checkMsMax = 60_000;
/** Pages that a check reads of one list. */
export const pagesMax = 100;
/** Checks that run at the same time: Service Quotas and CloudFormation accept few requests. */
export const checksAtOnceMax = 4;

/**
 * Executions that Lambda keeps unreserved in a region.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
 */
export const unreservedMin = 100;
/** The smallest quota of concurrent executions that AWS gives a new account. */
export const concurrencyQuotaMin = 10;
/** The usual quota: requests up to it are approved quickly. */
export const concurrencyQuotaDefault = 1_000;
/**
 * Minutes for which a deployment mutes alarms at most. A deployment of all stacks of a region takes
 * less; a longer one pages.
 */
export const muteMinutesMax = 30;
/** Alarms of one mute rule. */
export const muteTargetsMax = 100;

/**
 * Alarms on metric queries in a region.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
 */
export const queryAlarmsMax = 200;
/** Names that Systems Manager accepts in one request. */
export const parametersAtOnceMax = 10;
