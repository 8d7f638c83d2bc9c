import type { Token } from "#shared/account/token/token.ts";
import type { TokenCache } from "#shared/account/token/tokenCache.ts";
import { Failure } from "#shared/platform/failure.ts";

/** A cache in which every text is this token, and no cookie is a session. */
export const cacheOf = (token: Token): TokenCache => ({
  lookUp: async () => token,
  async lookUpSession() {
    throw new Failure("there is no session", { code: "invalid_token" });
  },
  evict: () => {},
});
