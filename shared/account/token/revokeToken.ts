import { Failure } from "../../platform/failure.ts";
import type { Accounts } from "../accounts.ts";
import { tokenIdChars } from "../limits.ts";
import { hashToken, isLimited, tokenId } from "../token.ts";
import type { TokenCache } from "./tokenCache.ts";

const isId = (given: string): boolean => given.length === tokenIdChars && /^[0-9a-f]+$/.test(given);

/**
 * Ends one token, given as its text, which is authority enough, or as the id that a list shows, by whoever holds
 * another token of the same user. A limited token ends no other token by its id. Fails with `not_found`.
 */
export const revokeToken = async (
  given: string,
  holder: string | undefined,
  { accounts, tokenCache }: { accounts: Accounts; tokenCache: TokenCache },
): Promise<void> => {
  const hash = isId(given)
    ? await findById(given, holder, { accounts, tokenCache })
    : hashToken(given);
  const wasThere = hash !== undefined && (await accounts.removeToken(hash));
  tokenCache.evict((token) => token.hash === hash);
  if (!wasThere) throw new Failure("Token not found", { code: "not_found" });
};

const findById = async (
  id: string,
  holder: string | undefined,
  { accounts, tokenCache }: { accounts: Accounts; tokenCache: TokenCache },
): Promise<string | undefined> => {
  // Not 401: Particle's command line sends no token here, and would take that for a log-out.
  if (holder === undefined) return undefined;
  const token = await tokenCache.lookUp(holder);
  // A limited token ends only itself.
  const tokens = isLimited(token) ? [token] : await accounts.listTokens(token.username);
  return tokens.find((one) => tokenId(one) === id)?.hash;
};
