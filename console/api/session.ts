import { replacements, session } from "./credentials.ts";
import type { SessionBody } from "./replies.ts";
import { request } from "./request.ts";

type CurrentSession = SessionBody | { readonly signed_in: false };

const path = "/v1/session";

/** How often a page that is open renews its session. */
const renewMs = 10 * 60_000;

const accept = (body: CurrentSession): void => {
  session.value = body.signed_in
    ? {
        state: "signed-in",
        username: body.username,
        csrfToken: body.csrf_token,
        isOperator: body.operator,
      }
    : { state: "signed-out", isExpired: session.peek().state === "signed-in" };
};

/** Reads the session of the browser, which also renews it. */
export const renewSession = async (): Promise<void> => {
  accept(await request<CurrentSession>({ method: "GET", path }));
};

export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly otp?: string;
  readonly mfa_token?: string;
}

/** Signs in by password. Fails with `mfa_required` if the user has a second factor. */
export const signIn = async (body: Credentials): Promise<void> => {
  accept(await request<SessionBody>({ method: "POST", path, body }));
};

/** Signs in by a code that is valid once. */
export const signInByCode = async (code: string): Promise<void> => {
  accept(await request<SessionBody>({ method: "POST", path: `${path}/link`, body: { code } }));
};

export const signOut = async (): Promise<void> => {
  await request({ method: "DELETE", path });
  session.value = { state: "signed-out", isExpired: false };
};

/** Ends all sessions of the user, in every browser, and the tokens of log-ins. */
export const signOutEverywhere = async (): Promise<void> => {
  await request({ method: "DELETE", path: "/v1/sessions" });
  session.value = { state: "signed-out", isExpired: false };
};

/**
 * Renews the session of a page that is open. Another tab may have signed in as another user: then
 * the page loads again, because what it shows belongs to the former one.
 */
const continueSession = async (): Promise<void> => {
  const before = session.peek();
  if (before.state !== "signed-in") return;
  await renewSession().catch(() => {});
  const after = session.peek();
  if (after.state === "signed-in" && after.username !== before.username) window.location.reload();
};

/** The one-time code of the address, which is removed from it. */
const takeCode = (): string | undefined => {
  const code = new URLSearchParams(window.location.hash.slice(1)).get("code") ?? undefined;
  if (code !== undefined) {
    window.history.replaceState(null, "", window.location.pathname + window.location.search);
  }
  return code;
};

/** Why a link did not sign the user in. */
export interface Start {
  readonly problem: unknown;
}

/**
 * Signs in by the code of the address, or continues the session; renews it while the page is open.
 */
export const startSession = async (): Promise<Start | undefined> => {
  const proceed = (): void => {
    if (!document.hidden) void continueSession();
  };
  setInterval(proceed, renewMs);
  document.addEventListener("visibilitychange", proceed);
  replacements.subscribe((count) => {
    if (count > 0) void continueSession();
  });
  const code = takeCode();
  try {
    if (code !== undefined) await signInByCode(code);
    else await renewSession();
    return undefined;
  } catch (problem) {
    session.value = { state: "signed-out", isExpired: false };
    return { problem };
  }
};
