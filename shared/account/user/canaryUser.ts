/** The suffix of the names of canaries, which no person can have. */
export const canaryDomain = "@canary.godwit";

/** The name of the user of a region's canary. The synthetic device is in its fleet. */
export const canaryUsername = (region: string): string => `${region}${canaryDomain}`;

/** Whether a user is a canary. No list of users and devices shows canaries. */
export const isCanary = (username: string): boolean => username.endsWith(canaryDomain);
