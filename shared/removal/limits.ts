/**
 * Time that one request spends on the removal of a product, and the number of its devices per page.
 */
export const removalMs = 18_000;
export const removalDevicesPageMax = 100;
/** Maximum delay of the index of devices: the removal lists the devices again after this time. */
export const removalRecheckMs = 1_000;
/** Firmware versions that are removed concurrently. */
export const removalVersionsAtOnceMax = 10;
/** Maximum count of each kind in the plan of a removal. */
export const removalCountedMax = 1_000;
/**
 * Days for which the row of a removed product is kept, so that a repeated removal can complete it.
 */
export const removedProductDays = 30;
