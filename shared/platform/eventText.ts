/** Converts JSON input to event data, which is text. Values other than text are serialized. */
export const eventText = (data: unknown): string => {
  if (data === undefined || data === null) return "";
  return typeof data === "string" ? data : JSON.stringify(data);
};
