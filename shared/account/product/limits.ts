/** Maximum number of products of a user. */
export const productsPerUserMax = 100;
/** Time after which a product name that a crashed request reserved is free again. */
export const productNameReservationMs = 30_000;
export const productNameCharsMax = 64;
export const productDescriptionCharsMax = 500;
