/** Converts a thrown value to an `Error`: JavaScript allows any value to be thrown. */
export const asError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(String(thrown));
