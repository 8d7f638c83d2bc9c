/** A browser session that is not renewed ends after this time. */
export const sessionIdleHours = 24;
/** A browser session ends after this time, however often it is renewed. */
export const sessionDaysMax = 30;
/** A renewal that extends a session by less than this time writes nothing. */
export const sessionRenewalMs = 300_000;
/** Maximum number of browser sessions of a user. A further sign-in ends the oldest ones. */
export const sessionsPerUserMax = 20;
/** Size of the text of a session and of a link, in random bytes. */
export const sessionTextBytes = 32;
/** Validity of the code of a link that signs a user in. */
export const sessionLinkMinutes = 10;
