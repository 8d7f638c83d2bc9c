import type { IncomingHttpHeaders } from "node:http";

/**
 * Names that only resolve to this machine: `127.0.0.1:4566`, `localhost`, `[::1]:80`,
 * `bucket.localhost`.
 */
const loopback = /^(127(\.\d{1,3}){3}|\[::1\]|([a-z0-9-]+\.)*localhost)(:\d{1,5})?$/i;

/**
 * The reason to reject a request that a web page in a browser has sent; `undefined` for a request
 * of a local program. Browsers send `Origin` and `Sec-Fetch-*` headers, which pages cannot
 * suppress. A page whose host name resolves to 127.0.0.1 (DNS rebinding) has that name in `Host`.
 */
export const crossOriginReason = (headers: IncomingHttpHeaders): string | undefined => {
  if (!loopback.test(headers.host ?? ""))
    return "the header Host must name this machine, as 127.0.0.1 or localhost";
  const sent = Object.keys(headers).find((name) => name === "origin" || isFetch(name));
  return sent === undefined
    ? undefined
    : `requests of web pages are rejected: the request has the header ${sent}`;
};

/** Node.js's `fetch` sends only the mode; browsers also send the site and destination. */
const isFetch = (name: string): boolean =>
  name.startsWith("sec-fetch-") && name !== "sec-fetch-mode";
