/** Longest time span of one question about concerned resources: as long as the ledger shows. */
export const concernDaysMax = 7;
/** Integrations whose counts are read at the same time. */
export const concernReadsAtOnceMax = 10;
/** Devices of a fleet whose sessions are read for one question. */
export const concernDevicesMax = 1_000;
/** Sessions that are read at the same time. */
export const concernSessionsAtOnceMax = 100;
/** Devices and missing deliveries that a reply names; further ones are counted. */
export const concernNamedMax = 50;
/**
 * An outage begins before its alarm: the time span of an incident begins this long before its
 * start.
 */
export const incidentLeadMs = 600_000;
/**
 * The ledger counts a delivery about 70 seconds after its outcome. Counts of a time span that ended
 * more recently than this are provisional.
 */
export const concernSettleMs = 300_000;
/** Questions of one fleet within `attemptsWindowSeconds`, and the interval above the limit. */
export const concernsPerFleetMax = 60;
export const concernIntervalSeconds = 30;

/** Confirmed subscriptions of the status page. */
export const subscriptionsMax = 10_000;
/** Confirmed webhooks of one host. */
export const webhooksPerHostMax = 5;
/** Contacts of one product. */
export const contactsPerProductMax = 10;
/** Regions that a subscription may name. */
export const subscriptionRegionsMax = 50;
/** Longest URL of a webhook. */
export const webhookUrlCharsMax = 1_000;
/** Lifetime of the link that confirms a subscription. */
export const confirmationHours = 24;
/**
 * Requests for a subscription from one client, and for a webhook of one host, within
 * `attemptsWindowSeconds`, and the interval above the limit.
 */
export const subscriptionsPerClientMax = 20;
export const subscriptionIntervalSeconds = 60;
export const verificationsPerHostMax = 5;
export const verificationIntervalSeconds = 1_200;
/** Requests for a webhook in a region within `attemptsWindowSeconds`. */
export const verificationsMax = 100;
/** Attempts to verify a webhook, and the wait between them. */
export const verificationAttemptsMax = 3;
export const verificationWaitMs = 60_000;

/** Subscriptions that are read for one page of a fan-out. */
export const fanOutPageMax = 100;
/** An update that is older than this when it is found is not sent any more. */
export const fanOutAgeMs = 86_400_000;
/**
 * Age of the incidents whose updates are sent: an incident may last, and a maintenance may be
 * planned, longer than notices are kept.
 */
export const noticeIncidentDays = 365;
/** Retention of notices and of the state of their fan-out. */
export const noticeDays = 30;
/** Attempts of a notice, and the waits between them in seconds. */
export const noticeWaitsSeconds = [60, 300, 1_800, 7_200, 21_600, 43_200] as const;
/** Mails, and requests to webhooks, that are sent at the same time, and notices in one run. */
export const mailsAtOnceMax = 8;
export const webhooksAtOnceMax = 32;
export const noticesPerRunMax = 500;
/** Notices that are due and that one run reads, apart from the last update. */
export const noticesReadMax = 20_000;
/** A webhook must answer within this time. */
export const webhookTimeoutMs = 10_000;
/** Notices that are read at the same time. */
export const noticePageMax = 100;
/** A run starts no new work after this time. */
export const noticeRunMs = 20_000;
export const noticeTimeoutSeconds = 45;
/** Interval of the runs. */
export const noticeMinutes = 1;
/** Longest error message that is stored with a notice. */
export const noticeErrorCharsMax = 300;
/** A region that has not renewed its lease for this time no longer sends: the next one does. */
export const noticeLeaseMs = 300_000;
/**
 * The report to a product's contacts is sent this long after the end of an incident at the
 * earliest, and at the latest after the second time, balanced or not.
 */
export const reportAfterMs = 900_000;
export const reportAtLatestMs = 86_400_000;
export const reportWaitMs = 600_000;
/** Dead-lettered notices that one request replays. */
export const noticesReplayedMax = 1_000;
/** Attempts to write a fan-out that a run changes concurrently. */
export const fanOutWritesMax = 5;
/** Days of incidents in a list. */
export const incidentsListedDays = 90;
/** Notices in one page of a list. */
export const noticesListedMax = 100;
/** Entries of the log of changes of an incident that are shown, and the retention of entries. */
export const incidentLogMax = 100;
export const incidentLogDays = 400;
