import { isIP } from "node:net";
import { excerpt } from "../../shared/platform/visibleText.ts";
import { usageError } from "../line/commandError.ts";

/** The address of a cloud that `npm start` runs. */
export const defaultApi = "http://127.0.0.1:8080";

/** Normalizes the address of an API: an origin and perhaps a path, without a slash at the end. */
export const apiAddress = (given: string): string => {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `https://${given}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isWeb = url?.protocol === "http:" || url?.protocol === "https:";
  if (url === undefined || !isWeb || url.hostname === "") {
    throw usageError(
      `The address of the API must be an http or https URL, not ${excerpt(given, 100)}.`,
    );
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw usageError("The address of the API must have no user, no query and no fragment.");
  }
  const path = url.pathname.replace(/\/+$/, "").replace(/\/v1$/, "");
  return `${url.origin}${path}`;
};

/** Whether requests to the address leave this machine without encryption. */
export const isUnencrypted = (api: string): boolean => {
  const { protocol, hostname } = new URL(api);
  const host = hostname.replace(/^\[|\]$/g, "");
  const isLoopback =
    host === "localhost" ||
    host.endsWith(".localhost") ||
    host === "::1" ||
    (isIP(host) === 4 && host.startsWith("127."));
  return protocol === "http:" && !isLoopback;
};
