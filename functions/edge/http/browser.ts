import type { APIGatewayProxyEvent } from "aws-lambda";
import { type BrowserSession, isCsrfToken } from "#shared/account/session/session.ts";
import { Failure } from "#shared/platform/failure.ts";
import { apiOf } from "./apiOf.ts";
import { type Fields, hasToken, header, readToken } from "./request.ts";

/** What authenticates a request: an access token, or the cookie of a browser session. */
export interface Credentials {
  readonly token: string | undefined;
  /** The text of the cookie. */
  readonly session?: string | undefined;
}

/**
 * The credentials of a request. The cookie is ignored if the request has a token, also an invalid
 * one. A cookie counts only with the proofs of `requireOwnPage`.
 */
export const readCredentials = (event: APIGatewayProxyEvent, fields: Fields): Credentials => {
  const token = readToken(event, fields);
  if (hasToken(event, fields)) return { token };
  const session = readSession(event);
  if (session === undefined) return { token };
  requireOwnPage(event, session);
  return { token, session };
};

/** The browser of a request. */
export interface Browser {
  /**
   * The text of the session cookie, unless the request has a token. It is no credential: the
   * request may come from any page.
   */
  readonly session: string | undefined;
  /** Fails with `cross_origin` if a page of another origin has sent the request. */
  requireOwnOrigin(): void;
  /** The value of `Set-Cookie` for a session; without one, it removes the cookie. */
  cookie(session?: Pick<BrowserSession, "text" | "expiresAt">): string;
}

export const browserOf = (event: APIGatewayProxyEvent, fields: Fields): Browser => ({
  get session() {
    return hasToken(event, fields) ? undefined : readSession(event);
  },
  requireOwnOrigin: () => requireOwnOrigin(event),
  cookie: (session) => setCookie(event, session),
});

/**
 * The names of the cookie. Browsers accept the prefix only from HTTPS, without a domain and for the
 * whole host, so that no other host of the domain can set it. On one machine, the API has no HTTPS.
 * https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-4.1.3.2
 */
const cookieNames = { https: "__Host-godwit", http: "godwit" } as const;

const isHttps = (event: APIGatewayProxyEvent): boolean => apiOf(event).startsWith("https:");

/**
 * The text of the session cookie, without a check of where the request comes from. Cookies of this
 * name with different values are a text that is no session: one of them was planted.
 */
const readSession = (event: APIGatewayProxyEvent): string | undefined => {
  const name = isHttps(event) ? cookieNames.https : cookieNames.http;
  const values = new Set(cookies(event, name).filter((value) => value !== ""));
  return values.size === 0 ? undefined : [...values].join(";");
};

/** The values of all cookies of a name. RFC 6265, 4.2. API Gateway passes repeated headers. */
const cookies = (event: APIGatewayProxyEvent, name: string): string[] =>
  Object.entries(event.multiValueHeaders ?? {})
    .filter(([key]) => key.toLowerCase() === "cookie")
    .flatMap(([, lines = []]) => lines)
    .flatMap((line) => line.split(";"))
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));

const setCookie = (
  event: APIGatewayProxyEvent,
  { text, expiresAt }: Pick<BrowserSession, "text" | "expiresAt"> = { text: "", expiresAt: 0 },
): string => {
  const seconds = Math.max(0, Math.floor((expiresAt - Date.now()) / 1_000));
  const attributes = `Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict`;
  return isHttps(event)
    ? `${cookieNames.https}=${text}; ${attributes}; Secure`
    : `${cookieNames.http}=${text}; ${attributes}`;
};

const safeMethods: readonly string[] = ["GET", "HEAD", "OPTIONS"];

/**
 * Fails unless a request with the session's cookie comes from a page of the API's own origin, as
 * far as the browser says so: with `cross_origin`, and with `invalid_csrf_token` if a request that
 * changes something lacks the token of the session.
 */
const requireOwnPage = (event: APIGatewayProxyEvent, session: string): void => {
  requireOwnOrigin(event);
  if (safeMethods.includes(event.httpMethod)) return;
  const isProven =
    header(event, "sec-fetch-site") !== undefined || header(event, "origin") !== undefined;
  if (!isProven) {
    throw crossOrigin("it has neither the header Sec-Fetch-Site nor Origin");
  }
  if (!isCsrfToken(header(event, "x-csrf-token"), session)) {
    throw new Failure(
      "The header X-CSRF-Token must have the csrf_token of the session: GET /v1/session shows it",
      { code: "invalid_csrf_token" },
    );
  }
};

/**
 * Fails with `cross_origin` if a page of another origin has sent a request. Browsers add the
 * headers, and pages cannot change them. `none` is an address that a person has entered.
 * https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
 */
const requireOwnOrigin = (event: APIGatewayProxyEvent): void => {
  const site = header(event, "sec-fetch-site");
  const isEntered = site === "none" && safeMethods.includes(event.httpMethod);
  if (site !== undefined && site !== "same-origin" && !isEntered) {
    throw crossOrigin(`Sec-Fetch-Site is ${site.slice(0, 40)}`);
  }
  const origin = header(event, "origin");
  if (origin !== undefined && origin.toLowerCase() !== originOf(apiOf(event))) {
    throw crossOrigin(`Origin is ${origin.slice(0, 100)}`);
  }
};

/** The scheme, the host and the port of a URL: its first three parts. */
const originOf = (url: string): string => url.split("/", 3).join("/").toLowerCase();

const crossOrigin = (why: string): Failure =>
  new Failure(
    `The cookie of a browser session is valid only in pages of the API's own origin: ${why}. Use an access token`,
    { code: "cross_origin" },
  );
