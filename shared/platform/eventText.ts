/** Data is text; what a client gives as other JSON is the text of that JSON. */
export const eventText = (data: unknown): string => {
  if (data === undefined || data === null) return "";
  return typeof data === "string" ? data : JSON.stringify(data);
};
