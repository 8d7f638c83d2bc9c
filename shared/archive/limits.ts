/** An object is removed after the first of these that is not less. */
export const archiveDayClasses = [7, 30, 90, 365] as const;
export const archiveTimeoutSeconds = 60;
/** An object is written by one batch, which Lambda bounds to 6 MB. */
export const archiveObjectBytesMax = 33_554_432;
/** How many objects are listed at once. */
export const archiveListMax = 1_000;
/** A reader knows an event that it has given again for so long. */
export const archiveKnownIdsMax = 100_000;
/** How long a worker looks twice at events of archived fleets after the archive did not take one: longer than a message is hidden. */
export const archiveRetryMs = 600_000;
