/**
 * A region processes pending work of a device after this time: the request that added it has ended.
 */
export const pendingRecheckMs = 60_000;
/**
 * A connection that started within this time after the move of its registry entry may have the
 * permissions of the former fleet.
 */
export const connectRaceMs = 2_000;
/** The wait for the replication of a row that has another fleet than the pending work. */
export const replicationWaitMs = 600_000;
/**
 * An idempotency key of provisioning: its length, its lifetime (30 days: an interrupted bulk run
 * continues after a holiday), and the longest duration of its first request.
 */
export const idempotencyKeyCharsMax = 255;
export const provisionKeyMs = 2_592_000_000;
export const provisionSettleMs = 60_000;
/**
 * Bulk provisioning: devices of one request, concurrent devices, and the time in which the request
 * starts further ones.
 */
export const provisionBatchMax = 25;
export const provisionedAtOnceMax = 5;
export const provisionBatchMs = 15_000;
/**
 * Provisioning by claim (ADR 40): valid claim certificates of a product, certificates in its list,
 * and requests a minute for each in a region.
 */
export const claimCertificatesPerProductMax = 10;
export const claimCertificatesListedMax = 200;
export const claimsPerMinuteMax = 600;
/** IoT Core waits five seconds for a pre-provisioning hook. */
export const hookTimeoutSeconds = 5;
/**
 * The provisioning template of every region, and the prefix of client ids that a claim certificate
 * may use.
 */
export const claimTemplateName = "godwit_claim";
export const claimClientPrefix = "claim-";
/** The largest file of bulk provisioning: its lines and its size. */
export const provisionFileLinesMax = 100_000;
export const provisionFileBytesMax = 268_435_456;
/** The schedule of `provision`, and the bounds of one run. */
export const provisionMinutes = 1;
export const provisionDevicesMax = 1_000;
export const pendingPageMax = 100;
export const provisionTimeoutSeconds = 50;
/** A run stops this long before its time-out, so that the device under way is finished. */
export const provisionMarginMs = 25_000;
/**
 * Filling a region that was added later: devices of a page, and the bound of its pending work,
 * about two runs.
 */
export const fillPageMax = 100;
export const fillPendingMax = 400;
