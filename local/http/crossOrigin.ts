import type { IncomingHttpHeaders } from "node:http";

/** `127.0.0.1:4566`, `localhost`, `[::1]:80`, `bucket.localhost`: the names that no DNS server can say something else of. */
const loopback = /^(127(\.\d{1,3}){3}|\[::1\]|([a-z0-9-]+\.)*localhost)(:\d{1,5})?$/i;

/**
 * Why a request does not come from a program of this machine, but from a web page that a browser of it shows; `undefined`
 * when it does. Browsers send `Origin` and the `Sec-Fetch` headers, which pages cannot leave out, and a page whose name was made to
 * point to 127.0.0.1 (DNS rebinding) has that name in `Host`.
 */
export const crossOriginReason = (headers: IncomingHttpHeaders): string | undefined => {
  if (!loopback.test(headers.host ?? ""))
    return "the header Host must name this machine, as 127.0.0.1 or localhost";
  const sent = Object.keys(headers).find((name) => name === "origin" || isFetch(name));
  return sent === undefined
    ? undefined
    : `web pages may not ask here: the request has the header ${sent}`;
};

/** Node's own \`fetch\` sends the mode alone, browsers send where from and what for as well. */
const isFetch = (name: string): boolean =>
  name.startsWith("sec-fetch-") && name !== "sec-fetch-mode";
