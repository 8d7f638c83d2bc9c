/** How many products a user may have. */
export const productsPerUserMax = 100;
/** A product's name that was taken by a request which died is free again after this time. */
export const productNameReservationMs = 30_000;
export const productNameCharsMax = 64;
export const productDescriptionCharsMax = 500;
