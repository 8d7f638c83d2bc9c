/** No wildcards, control characters or lone surrogates, and no leading white space. */
const namePattern = /^[^\s+#\p{Cc}\p{Cs}][^+#\p{Cc}\p{Cs}]*$/u;

/**
 * Whether an event can be published under this name: no topic level is empty or can be read as
 * properties (`?…`).
 */
export const isEventName = (name: string): boolean =>
  namePattern.test(name) &&
  name.split("/").every((level) => level !== "" && !level.startsWith("?"));
