/** Limits of EventBridge. The unit is last in each name. */

/** EventBridge's quotas: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
export const targetsMax = 5;
export const entriesMax = 10;
/** Size of all entries of a request. */
export const requestBytesMax = 1_048_576;
/** Size of a request with escaped characters. */
export const bodyBytesMax = 2_500_000;

/** Defaults and maxima of a target's retries. */
export const retriesMax = 185;
export const eventAgeSecondsMin = 60;
export const eventAgeSecondsMax = 86_400;
/** Wait before the first retry, which doubles up to the second value. */
export const retryMsMin = 1_000;
export const retryMsMax = 300_000;
/** Maximum invocations of a region that wait for a retry. Further ones fail. */
export const waitingMax = 1_000;
