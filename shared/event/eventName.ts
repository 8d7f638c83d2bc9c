/** Stands for itself in a topic: no wildcard, nothing that cannot be seen, no half of a character. */
const namePattern = /^[^\s+#\p{Cc}\p{Cs}][^+#\p{Cc}\p{Cs}]*$/u;

/** Whether an event may be published under this name: each part is there, and none reads as properties. */
export const isEventName = (name: string): boolean =>
  namePattern.test(name) &&
  name.split("/").every((level) => level !== "" && !level.startsWith("?"));
