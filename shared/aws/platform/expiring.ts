/** Members of a row that ends: in milliseconds for us, in seconds for the table's time to live. */
export const expiring = (expiresAt: number | undefined) =>
  expiresAt === undefined
    ? {}
    : { expiresAtMs: expiresAt, expiresAt: Math.ceil(expiresAt / 1_000) };
