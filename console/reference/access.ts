import { createContext } from "preact";
import { apiUrl } from "../api/apiUrl.ts";

/** How requests of the page are authenticated. */
export interface Access {
  /** The session of the browser, if it has one. */
  readonly session?: { readonly username: string; readonly csrfToken: string };
  /** A token that was entered: it replaces the session. */
  readonly token: string;
}

export const AccessContext = createContext<Access>({ token: "" });

/** The session of the browser at the API. Without an answer there is none. */
export const readSession = async (): Promise<Access["session"]> => {
  try {
    const body = await (await fetch(new URL("v1/session", apiUrl))).json();
    return body.signed_in === true
      ? { username: body.username, csrfToken: body.csrf_token }
      : undefined;
  } catch {
    return undefined;
  }
};

/** The headers that authenticate a request. */
export const accessHeaders = ({ session, token }: Access): Record<string, string> => {
  if (token !== "") return { Authorization: `Bearer ${token}` };
  return session === undefined ? {} : { "X-CSRF-Token": session.csrfToken };
};
