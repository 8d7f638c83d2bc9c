/** How many events a preview shows. */
export const previewEventsDefault = 5;
export const previewEventsMax = 20;
/** What their requests may be together: Lambda answers with 6 MB at most, and JSON is longer than what it says. */
export const previewCharsMax = 2_097_152;
/** How far back recent events are looked for: so far first, and further while those are too few. */
export const previewLooksMs = [10_000, 60_000, 600_000] as const;
/** How much of a target's reply a test shows. */
export const testReplyCharsMax = 4_096;
/** How far back a preview looks for archived events, and into how many objects each time. */
export const sampleArchiveLooksMs = [600_000, 86_400_000] as const;
export const sampleArchiveObjectsMax = 5;
