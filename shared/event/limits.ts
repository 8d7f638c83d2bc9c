/** The longest event name that the API takes. A device may use what its topic has room for. */
export const eventNameBytesMax = 64;
/** A repeat of the same `id` within this time is acknowledged again and not delivered again. */
export const seenHours = 24;
/** A worker that took an identified event and died gives it up after this time. */
export const seenLeaseSeconds = 30;
/** For how many days a fleet's events may be archived. */
export const archiveDaysMin = 1;
export const archiveDaysMax = 365;
export const archiveDaysDefault = 30;
export const recoverMinutes = 1;
/** How many are brought back in one run: what is fresh shares the queue with them. A million takes 50 minutes. */
export const recoverObjectsMax = 20_000;
/** Each reads as many objects at once as a batch of the queue takes: together no more than the SDK has sockets. */
export const recoverBatchesAtOnceMax = 5;
export const recoverTimeoutSeconds = 50;
/** A run stops this long before its time-out, so that the batch under way is finished. */
export const recoverMarginMs = 15_000;
