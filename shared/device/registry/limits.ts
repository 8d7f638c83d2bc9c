/** The largest certificate signing request. */
export const signingRequestBytesMax = 16_384;
/** How far back a region that was down looks for certificates that ended meanwhile. */
export const deadlineDaysBehindMax = 31;
/** How many deadlines are read at once. */
export const deadlinesPageMax = 100;
/** How long the old and the new certificate are both valid unless the request says otherwise, and at most. */
export const overlapHoursDefault = 168;
export const overlapHoursMax = 720;
/** How many certificates a device may have made for it within a day by asking itself. */
export const renewalsPerDayMax = 5;
/** The longest validity that can be set for certificates: ten years. */
export const certificateDaysMax = 3_650;
