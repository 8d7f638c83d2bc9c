/** A time of a `datetime-local` field, which is local, in ISO 8601; empty for no time. */
export const isoOf = (local: string): string => {
  const at = new Date(local);
  return Number.isNaN(at.getTime()) ? "" : at.toISOString();
};
