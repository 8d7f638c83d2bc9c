/** The interval of the canary's runs. */
export const canaryMinutes = 1;
/** Time-out of the function, above the time for a first run and for the checks. */
export const canaryTimeoutSeconds = 40;
/** The maximum time of one check. */
export const canaryCheckMsMax = 6_000;
/** The maximum time until the stream of a run is open. */
export const canaryStreamOpenMsMax = 4_000;
/** The maximum time of the checks of a run. */
export const canaryRunMsMax = 20_000;
/**
 * Lifetime of a canary's event stream, because Lambda does not notify a stream whose client has
 * left: it would use a slot of the region until its end.
 */
export const canaryStreamMsMax = 6_000;
/** The maximum time in which the admin function creates the user and the device of a canary. */
export const canaryAdminMsMax = 15_000;
/** The part of the validity of its certificate after which a canary gets a new device. */
export const canaryRenewalFraction = 0.5;
/**
 * How long a failed webhook says nothing about integrations after the API has failed: its target is
 * a route of the API, so its circuit breaker may be open (`breakerOpenMsMax`).
 */
export const canaryTargetGraceMs = 360_000;
/** Bytes of a response of the API that a canary reads. */
export const canaryReplyBytesMax = 65_536;
/** Devices of an interrupted first run that the next one removes. */
export const canaryDevicesMax = 10;
/** The maximum time of the check of an update, which is made after the others. */
export const canaryUpdateMsMax = 12_000;
/** The byte at which the canary resumes the download of its image. */
export const canaryResumeByte = 1_024;
/** How long the canary defers its update: until its device is not connected any more. */
export const canaryDeferMs = 60_000;
/** How often, and how many times, it asks the API for what it has reported. */
export const canaryPollMs = 250;
export const canaryUpdatePollsMax = 20;
