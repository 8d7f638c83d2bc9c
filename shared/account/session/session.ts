import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { sessionTextBytes } from "./limits.ts";

/** The client of tokens that are browser sessions. No OAuth client has this id. */
export const browserClient = "browser";

/** A session of a browser, as it was opened or renewed. */
export interface BrowserSession {
  /** The text of the cookie. Only its hash is stored. */
  readonly text: string;
  readonly username: string;
  /** In milliseconds since 1970. */
  readonly expiresAt: number;
  /** Whether the session may also use the routes of operations. */
  readonly operator: boolean;
}

/** Generates the text of a session cookie: 256 bits in base64url. */
export const newSessionText = (): string => randomBytes(sessionTextBytes).toString("base64url");

/**
 * The token that proves that a request with the session's cookie comes from a page of the console:
 * only a page of the API's origin can read it, and only scripts of that origin can send it. It is
 * derived from the cookie, which it does not reveal, so it needs no storage.
 * https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
 */
export const csrfTokenOf = (sessionText: string): string =>
  createHmac("sha256", sessionText).update("csrf token").digest("base64url");

/** Whether a request has the CSRF token of its session. */
export const isCsrfToken = (given: string | undefined, sessionText: string): boolean => {
  const [one, other] = [Buffer.from(given ?? ""), Buffer.from(csrfTokenOf(sessionText))];
  return one.length === other.length && timingSafeEqual(one, other);
};
