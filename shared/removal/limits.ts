/**
 * For how long one request works at the removal of a product, and how many of its devices it reads
 * at once.
 */
export const removalMs = 18_000;
export const removalDevicesPageMax = 100;
/** A list may be behind by so much: the removal looks again after it. */
export const removalRecheckMs = 1_000;
/** The plan of a removal counts so many of each kind at most. */
export const removalCountedMax = 1_000;
/** How long a removed product is remembered: a repeated removal finishes what is left. */
export const removedProductDays = 30;
