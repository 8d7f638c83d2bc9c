import { dayMs, hourMs } from "../../platform/durations.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import type { Accounts } from "../accounts.ts";
import { hashSession } from "../token/token.ts";
import type { User } from "../user/user.ts";
import { sessionDaysMax, sessionIdleHours, sessionsPerUserMax } from "./limits.ts";
import { type BrowserSession, browserClient, newSessionText } from "./session.ts";

interface Deps {
  readonly accounts: Pick<Accounts, "addToken" | "listTokens" | "removeToken">;
  readonly now: () => number;
}

/**
 * Opens a browser session of a user who was authenticated. `user` is the row that was read for the
 * authentication: the session is invalid if a new password or a sign-out everywhere was stored
 * since then. Ends the oldest sessions above `sessionsPerUserMax`.
 */
export const openSession = async (
  user: User,
  { operator }: { operator: boolean },
  { accounts, now }: Deps,
): Promise<BrowserSession> => {
  const text = newSessionText();
  const { username, fleet, tokenGeneration, sessionGeneration } = user;
  const expiresAt = now() + sessionIdleHours * hourMs;
  await accounts.addToken({
    hash: hashSession(text),
    username,
    fleet,
    client: browserClient,
    createdAt: new Date(now()).toISOString(),
    expiresAt,
    ...omitUndefined({ generation: tokenGeneration }),
    session: {
      until: now() + sessionDaysMax * dayMs,
      ...omitUndefined({ generation: sessionGeneration }),
      ...(operator && { operator }),
    },
  });
  await endOldest(username, hashSession(text), { accounts });
  return { text, username, expiresAt, operator };
};

/** The index of tokens may lack the newest sessions for a moment, so the limit is approximate. */
const endOldest = async (
  username: string,
  newest: string,
  { accounts }: Pick<Deps, "accounts">,
): Promise<void> => {
  const tokens = await accounts.listTokens(username);
  const older = tokens.filter(({ session, hash }) => session !== undefined && hash !== newest);
  const newestFirst = older.toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  for (const { hash } of newestFirst.slice(sessionsPerUserMax - 1)) {
    await accounts.removeToken(hash);
  }
};
