/** Number of events in a preview. */
export const previewEventsDefault = 5;
export const previewEventsMax = 20;
/**
 * Total size of a preview's requests. Lambda replies with at most 6 MB, and JSON escapes add to the
 * size.
 */
export const previewCharsMax = 2_097_152;
/** How far back recent events are read: the next step only if there are too few. */
export const previewLooksMs = [10_000, 60_000, 600_000] as const;
/** How much of a target's reply a test shows. */
export const testReplyCharsMax = 4_096;
/** How far back archived events are read, and how many objects each time. */
export const sampleArchiveLooksMs = [600_000, 86_400_000] as const;
export const sampleArchiveObjectsMax = 5;
