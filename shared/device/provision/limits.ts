/** A region looks again at a device so long after it was made or moved: whoever did it has finished by then. */
export const pendingRecheckMs = 60_000;
/** A connection that began at most so long after its device's registry entry was moved may have the rights of the former fleet. */
export const connectRaceMs = 2_000;
/** A device's row that says another fleet than the region was told may be on its way, for as long. */
export const replicationWaitMs = 600_000;
/** An idempotency key of provisioning: its length, for how long it names a device (30 days: an interrupted bulk run continues after a holiday), and how long its first request may run. */
export const idempotencyKeyCharsMax = 255;
export const provisionKeyMs = 2_592_000_000;
export const provisionSettleMs = 60_000;
/** Bulk provisioning: devices in one request, how many of them at once, and how long the request may start further ones. */
export const provisionBatchMax = 25;
export const provisionedAtOnceMax = 5;
export const provisionBatchMs = 15_000;
/** Provisioning by claim: docs/adr/0040-provisioning-by-claim.md. Valid claim certificates of a product, those that are kept in its list, and devices a minute for each in a region. */
export const claimCertificatesPerProductMax = 10;
export const claimCertificatesListedMax = 200;
export const claimsPerMinuteMax = 600;
/** IoT Core waits five seconds for a pre-provisioning hook. */
export const hookTimeoutSeconds = 5;
/** The provisioning template of every region, and how the client ids begin that a claim certificate may use. */
export const claimTemplateName = "godwit_claim";
export const claimClientPrefix = "claim-";
/** The largest file of devices to provision: its lines and its size. */
export const provisionFileLinesMax = 100_000;
export const provisionFileBytesMax = 268_435_456;
/** How often a region brings its registry in line, and what it takes on in one run. */
export const provisionMinutes = 1;
export const provisionDevicesMax = 1_000;
export const pendingPageMax = 100;
export const provisionTimeoutSeconds = 50;
/** A run stops this long before its time-out, so that the device under way is finished. */
export const provisionMarginMs = 25_000;
/** How many rows of the table of devices are gone through at once for a region that was added later, and how many devices it may be owed meanwhile: about two runs' worth. */
export const fillPageMax = 100;
export const fillPendingMax = 400;
