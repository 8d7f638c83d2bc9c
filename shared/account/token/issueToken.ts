import { daySeconds } from "../../platform/durations.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import type { Accounts } from "../accounts.ts";
import { refreshDays, tokenDaysDefault } from "./limits.ts";
import { hashToken, newTokenText, type Token } from "./token.ts";
import { familyId, hashRefresh, newFamilyPart, newRefreshText } from "./tokenFamily.ts";

/** The user, client and permissions of a token. */
export type Grant = Pick<
  Token,
  "username" | "fleet" | "client" | "product" | "scopes" | "generation"
>;

export interface IssuedToken {
  /** The text of the token. It is not stored. */
  readonly text: string;
  /** The text of the refresh token, if one was requested. */
  readonly refresh?: string;
  /** 0 means that it never expires. */
  readonly expiresInSeconds: number;
}

interface Deps {
  accounts: Accounts;
  now: () => number;
}

/** Creates and stores a token and, if it is refreshable, a token family. */
export const issueToken = async (
  grant: Grant,
  {
    expiresInSeconds = tokenDaysDefault * daySeconds,
    refreshable = false,
    startedAt,
    sessionGeneration,
  }: {
    expiresInSeconds?: number | undefined;
    refreshable?: boolean;
    /** Start of the authentication. A new password after this time revokes the family. */
    startedAt?: number;
    /** The user's session generation, read together with the credentials. */
    sessionGeneration?: string | undefined;
  },
  { accounts, now }: Deps,
): Promise<IssuedToken> => {
  const text = newTokenText();
  const hash = hashToken(text);
  if (!refreshable) {
    await storeToken(hash, grant, { expiresInSeconds }, { accounts, now });
    return { text, expiresInSeconds };
  }
  const familyPart = newFamilyPart();
  const family = familyId(familyPart);
  const refresh = newRefreshText(familyPart);
  // Store the family first: removing a token also removes its family, so the family must exist by
  // then.
  await accounts.addFamily({
    ...grantFields({ ...grant, generation: undefined }),
    id: family,
    startedAt: startedAt ?? now(),
    ...omitUndefined({ sessionGeneration }),
    lifetimeSeconds: expiresInSeconds,
    current: [hashRefresh(refresh)],
    previous: [],
    renewedAt: now(),
    tokens: [hash],
    version: 1,
    expiresAt: refreshEndsAt(expiresInSeconds, now()),
  });
  await storeToken(hash, { ...grant, family }, { expiresInSeconds }, { accounts, now });
  return { text, refresh, expiresInSeconds };
};

/**
 * Expiry of a refresh token that is issued with an access token of this lifetime, in milliseconds
 * since 1970.
 */
export const refreshEndsAt = (expiresInSeconds: number, now: number): number =>
  now + (expiresInSeconds + refreshDays * daySeconds) * 1_000;

/** Stores an access token under its hash. A lifetime of 0 means that it never expires. */
export const storeToken = async (
  hash: string,
  { family, ...grant }: Grant & Pick<Token, "family">,
  { expiresInSeconds }: { expiresInSeconds: number },
  { accounts, now }: Deps,
): Promise<void> => {
  await accounts.addToken({
    ...grantFields(grant),
    hash,
    createdAt: new Date(now()).toISOString(),
    ...omitUndefined({ family }),
    ...(expiresInSeconds > 0 && { expiresAt: now() + expiresInSeconds * 1_000 }),
  });
};

const grantFields = ({ username, fleet, client, product, scopes, generation }: Grant): Grant => ({
  username,
  fleet,
  client,
  ...omitUndefined({ product, scopes, generation }),
});
