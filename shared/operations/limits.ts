/** How long a source may take to answer. The sources are asked at the same time. */
export const sourceMsMax = 4_000;
/** Characters of the reason why a source did not answer. */
export const reasonCharsMax = 200;
/** Firing alarms that are listed, the most severe ones first. */
export const alarmsListedMax = 200;
/** Queues of a region that are listed, those with the oldest messages first. */
export const queuesListedMax = 100;
/** Deliveries of pages that failed, the latest pages first. */
export const failedDeliveriesListedMax = 50;
/** The age of the oldest metric that is shown. */
export const metricsMs = 15 * 60_000;
/** Recorded drills in a reply. */
export const drillsListedMax = 50;
