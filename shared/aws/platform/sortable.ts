/** A time in milliseconds since 1970 in digits enough for any, so that keys sort by time. */
export const sortable = (ms: number): string => String(ms).padStart(15, "0");
