import { omitUndefined } from "../../platform/omitUndefined.ts";
import type { Accounts } from "../accounts.ts";
import { refreshDays, tokenDaysDefault } from "./limits.ts";
import { hashToken, newTokenText, type Token } from "./token.ts";
import { familyId, hashRefresh, newFamilyPart, newRefreshText } from "./tokenFamily.ts";

const daySeconds = 86_400;

/** For whom a token is, and what it is good for. */
export type Grant = Pick<
  Token,
  "username" | "fleet" | "client" | "product" | "scopes" | "generation"
>;

export interface IssuedToken {
  /** Known to whoever gets this answer, and to nobody else. */
  readonly text: string;
  /** The text of the refresh token, if one was asked for. */
  readonly refresh?: string;
  /** 0 is for ever. */
  readonly expiresInSeconds: number;
}

interface Deps {
  accounts: Accounts;
  now: () => number;
}

/** Makes and keeps a token, and a family of refresh tokens where one is asked for. */
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
    /** When it began to be found out whose token it is: a new password since then ends the family. */
    startedAt?: number;
    /** The user's, read with what proved whose token it is. */
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
  // The family first: a token that is removed takes it along, so it must not come after.
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

/** End of a refresh token that comes with an access token of this lifetime, in milliseconds since 1970. */
export const refreshEndsAt = (expiresInSeconds: number, now: number): number =>
  now + (expiresInSeconds + refreshDays * daySeconds) * 1_000;

/** Keeps an access token under its hash. A lifetime of 0 has no end. */
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
