import { refreshDays, tokenDaysDefault } from "../limits.ts";
import type { Accounts } from "../ports.ts";
import { hashToken, newTokenText, type Token } from "./token.ts";

const daySeconds = 86_400;

/** For whom a token is, and what it is good for. */
export type Grant = Pick<Token, "username" | "fleet" | "client" | "product" | "scopes">;

interface Issued {
  /** Known to whoever gets this answer, and to nobody else. */
  readonly text: string;
  /** The text of the refresh token, if one was asked for. */
  readonly refresh?: string;
  /** 0 is for ever. */
  readonly expiresInSeconds: number;
}

/** Makes and keeps a token, and a refresh token where one is asked for. */
export const issueToken = async (
  { username, fleet, client, product, scopes }: Grant,
  {
    expiresInSeconds = tokenDaysDefault * daySeconds,
    refreshable = false,
  }: { expiresInSeconds?: number | undefined; refreshable?: boolean },
  { accounts, now }: { accounts: Accounts; now: () => number },
): Promise<Issued> => {
  const text = newTokenText();
  const refresh = refreshable ? newTokenText() : undefined;
  const common = {
    username,
    fleet,
    client,
    createdAt: new Date(now()).toISOString(),
    ...(product !== undefined && { product }),
    ...(scopes !== undefined && { scopes }),
  };
  // The refresh token first: a token that is removed takes it along, so it must not come after.
  if (refresh !== undefined) {
    await accounts.addRefreshToken({
      ...common,
      hash: hashToken(refresh),
      lifetimeSeconds: expiresInSeconds,
      expiresAt: now() + (expiresInSeconds + refreshDays * daySeconds) * 1_000,
    });
  }
  await accounts.addToken({
    ...common,
    hash: hashToken(text),
    ...(refresh !== undefined && { refresh: hashToken(refresh) }),
    ...(expiresInSeconds > 0 && { expiresAt: now() + expiresInSeconds * 1_000 }),
  });
  return { text, expiresInSeconds, ...(refresh !== undefined && { refresh }) };
};
