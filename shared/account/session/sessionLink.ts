import * as z from "zod/mini";
import type { Announce } from "../../audit/announce.ts";
import { minuteMs } from "../../platform/durations.ts";
import { type Accounts, findUser } from "../accounts.ts";
import {
  addOneTimeToken,
  findOneTimeToken,
  invalidToken,
  type OneTimeTokens,
} from "../token/oneTimeToken.ts";
import { username } from "../user/user.ts";
import { sessionLinkMinutes, sessionTextBytes } from "./limits.ts";
import { openSession } from "./openSession.ts";
import type { BrowserSession } from "./session.ts";

export const sessionLinkInput = z.object({
  username,
  /** Whether the session may also use the routes of operations. */
  operator: z._default(z.boolean(), false),
});

/** The code of a link, as a request has it. */
export const sessionCode = z.string().check(z.trim(), z.minLength(1), z.maxLength(200));

/** The code of a link, and when it expires, in milliseconds since 1970. */
export interface SessionLink {
  readonly username: string;
  readonly code: string;
  readonly expiresAt: number;
}

interface Deps {
  readonly accounts: Accounts;
  readonly oneTimeTokens: OneTimeTokens;
  readonly now: () => number;
}

/**
 * Creates a code that signs a user in once, without a password and a second factor. Only the admin
 * function calls this. Fails with `not_found`.
 */
export const addSessionLink = async (
  { username, operator }: z.output<typeof sessionLinkInput>,
  deps: Deps,
): Promise<SessionLink> => {
  const user = await findUser(username, deps);
  const lifetimeMs = sessionLinkMinutes * minuteMs;
  const claim = { purpose: "browser-session", operator } as const;
  const expiresAt = deps.now() + lifetimeMs;
  const options = { claim, lifetimeMs, bytes: sessionTextBytes };
  return { username, code: await addOneTimeToken(user, options, deps), expiresAt };
};

/**
 * Exchanges the code of a link for a browser session. Of concurrent requests, one succeeds. Fails
 * with `invalid_grant` if the code is unknown, used or expired, and if its user is disabled.
 */
export const redeemSessionLink = async (
  code: string,
  deps: Deps & { readonly announce: Announce },
): Promise<BrowserSession> => {
  const { token, user, claim } = await findOneTimeToken(code, "browser-session", deps);
  if (user.disabled || !(await deps.oneTimeTokens.remove(token))) throw invalidToken();
  await deps.announce(user);
  return openSession(user, { operator: claim.operator }, deps);
};
