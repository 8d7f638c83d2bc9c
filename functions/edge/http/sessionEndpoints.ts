import { endSession, renewSession } from "#shared/account/session/renewSession.ts";
import { type BrowserSession, csrfTokenOf } from "#shared/account/session/session.ts";
import { redeemSessionLink } from "#shared/account/session/sessionLink.ts";
import { signIn } from "#shared/account/session/signIn.ts";
import { revokeOwnTokens } from "#shared/account/token/ownTokens.ts";
import { hashSession } from "#shared/account/token/token.ts";
import { Failure } from "#shared/platform/failure.ts";
import type { SessionBody, sessionRoutes } from "#shared/routes/sessionRoutes.ts";
import { type announcing, type Endpoints, open, type signedIn } from "./api.ts";
import type { Browser } from "./browser.ts";
import { WithCookie } from "./reply.ts";

type Deps = Omit<
  Parameters<typeof signIn>[2] &
    Parameters<typeof renewSession>[1] &
    Parameters<typeof redeemSessionLink>[1] &
    Parameters<typeof revokeOwnTokens>[1],
  "announce"
>;

interface Callers {
  readonly withToken: ReturnType<typeof signedIn>;
  readonly announced: ReturnType<typeof announcing>;
}

/** The endpoints of browser sessions. */
export const sessionEndpoints = (
  { withToken, announced }: Callers,
  deps: Deps,
): Endpoints<typeof sessionRoutes> => {
  /**
   * Signs in, and ends the session that the browser had before. Fails with `cross_origin`: a page
   * of another origin must not sign a person in as another user. The new session has a new text,
   * whatever cookie the browser has sent.
   */
  const enter = async (
    browser: Browser,
    run: () => Promise<BrowserSession>,
  ): Promise<WithCookie<SessionBody>> => {
    browser.requireOwnOrigin();
    const session = await run();
    if (browser.session !== undefined) await endSession(browser.session, deps);
    return new WithCookie(sessionView(session), browser.cookie(session));
  };
  return {
    signIn: announced((input, { address, browser }, announce) =>
      enter(browser, () => signIn(input, address, { ...deps, announce })),
    ),
    redeemSessionLink: announced(({ code }, { browser }, announce) =>
      enter(browser, () => redeemSessionLink(code, { ...deps, announce })),
    ),
    showSession: open(async (_, origin) => {
      const { browser } = origin;
      if (browser.session === undefined) return { signed_in: false };
      const { session = "" } = origin.credentials;
      try {
        const renewed = await renewSession(session, deps);
        return new WithCookie(sessionView(renewed), browser.cookie(renewed));
      } catch (error) {
        if (!(error instanceof Failure && error.code === "invalid_token")) throw error;
        return new WithCookie<SessionBody>(error, browser.cookie());
      }
    }),
    signOut: announced(async (_, origin, announce) => {
      const { browser } = origin;
      const { session } = origin.credentials;
      if (session !== undefined) {
        const found = await deps.accounts.findToken(hashSession(session));
        if (found !== undefined) await announce(found);
        await endSession(session, deps);
      }
      return new WithCookie({ ok: true }, browser.cookie());
    }),
    signOutEverywhere: withToken(async (_, { token }, { browser }) => {
      await revokeOwnTokens(token, deps);
      return new WithCookie({ ok: true }, browser.cookie());
    }),
  };
};

const sessionView = ({ text, username, expiresAt, operator }: BrowserSession): SessionBody => ({
  signed_in: true,
  username,
  expires_at: new Date(expiresAt).toISOString(),
  csrf_token: csrfTokenOf(text),
  operator,
});
