import { signal } from "@preact/signals";

/** The state of the browser's session. */
export type Session =
  | { readonly state: "loading" }
  | { readonly state: "signed-out"; readonly isExpired: boolean }
  | {
      readonly state: "signed-in";
      readonly username: string;
      readonly csrfToken: string;
      /** The session may also use the routes of operations. */
      readonly isOperator: boolean;
    };

export const session = signal<Session>({ state: "loading" });

/** The header that shows that a request with the session's cookie comes from the console. */
export const credentials = (): Record<string, string> => {
  const now = session.peek();
  return now.state === "signed-in" ? { "X-CSRF-Token": now.csrfToken } : {};
};

/** Increases when the browser has another session than this page, for example by another tab. */
export const replacements = signal(0);

/** The API no longer accepts the session. */
export const signedOut = (): void => {
  const isExpired = session.peek().state === "signed-in";
  if (session.peek().state !== "signed-out") session.value = { state: "signed-out", isExpired };
};
