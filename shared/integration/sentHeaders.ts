/** How a message is framed and how long a connection lasts is said by the client, not by an integration's headers. */
const clientsOwn = new Set([
  "connection",
  "content-length",
  "expect",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Those of a request's headers that are sent. */
export const sentHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).filter(([name]) => !clientsOwn.has(name.toLowerCase())),
  );
