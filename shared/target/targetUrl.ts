import { BoundedMap } from "../platform/boundedMap.ts";
import { Failure } from "../platform/failure.ts";
import { quoted } from "../platform/quoted.ts";
import {
  cachedUrlCharsMax,
  cachedUrlsMax,
  hostNameCharsMax,
  hostNameLabelCharsMax,
} from "./limits.ts";

/** The parts of a target's URL, as `http.request` takes them. */
export interface TargetUrl {
  /** The whole URL, without its fragment. */
  readonly href: string;
  readonly protocol: "http:" | "https:";
  /** The host name or IP address, without the brackets of an IPv6 address. */
  readonly hostname: string;
  /** Empty for the default port. */
  readonly port: string;
  /** Path and query. */
  readonly path: string;
}

type Read = { readonly url: TargetUrl } | { readonly problem: string };

/** The URLs of most targets have no variables: each is parsed once, not several times an event. */
const known = new BoundedMap<string, Read>(cachedUrlsMax);

/** Parses the URL of a target. Fails with `invalid_request` if it cannot be used. */
export const targetUrl = (text: string): TargetUrl => {
  const read = readUrl(text);
  if ("url" in read) return read.url;
  throw new Failure(`no request can be made: the URL ${read.problem}`, { code: "invalid_request" });
};

/** Returns why a URL cannot be used, or `undefined` if it can. */
export const urlProblem = (text: string): string | undefined => {
  const read = readUrl(text);
  return "problem" in read ? read.problem : undefined;
};

const readUrl = (text: string): Read => {
  const before = known.get(text);
  if (before !== undefined) return before;
  const read = parse(text);
  if (text.length <= cachedUrlCharsMax) known.set(text, read);
  return read;
};

const parse = (text: string): Read => {
  const url = URL.parse(text);
  if (url === null) return { problem: `${quoted(text)} is not valid` };
  const { protocol, username, password, hostname, port, pathname, search } = url;
  if (protocol !== "http:" && protocol !== "https:") {
    return { problem: `${quoted(text)} is not an http or https URL` };
  }
  if (username !== "" || password !== "") {
    return { problem: "contains a user name or password: use auth" };
  }
  if (port === "0") return { problem: `${quoted(text)} has port 0` };
  if (!isHostName(hostname)) return { problem: `${quoted(text)} has an invalid host name` };
  url.hash = "";
  const host = hostname.replace(/^\[|\]$/g, "");
  return { url: { href: url.href, protocol, hostname: host, port, path: `${pathname}${search}` } };
};

/** An IP address, or a name whose length and labels DNS allows. RFC 1035, 2.3.4. */
const isHostName = (host: string): boolean => {
  const labels = host.replace(/\.$/, "").split(".");
  return (
    host.startsWith("[") ||
    (host.length <= hostNameCharsMax &&
      labels.every((label) => label !== "" && label.length <= hostNameLabelCharsMax))
  );
};
