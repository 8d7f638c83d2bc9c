/** The largest certificate signing request. */
export const signingRequestBytesMax = 16_384;
/** The oldest deadlines that a region processes after an outage. */
export const deadlineDaysBehindMax = 31;
/** Deadlines of a page. */
export const deadlinesPageMax = 100;
/** The overlap of the old and the new certificate: default and maximum. */
export const overlapHoursDefault = 168;
export const overlapHoursMax = 720;
/** Renewals that a device may request within a day. */
export const renewalsPerDayMax = 5;
/** The longest validity that can be set for certificates: ten years. */
export const certificateDaysMax = 3_650;
