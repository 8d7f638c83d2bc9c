import { BoundedMap } from "../../platform/boundedMap.ts";
import type { SendDeps, Token } from "../kind/kind.ts";
import { tokenMarginMs, tokensCachedMax } from "./limits.ts";

/**
 * Caches access tokens of targets' services until shortly before expiry. Concurrent requests for a
 * key share one token request.
 */
export const targetTokenCache = ({ now }: { now: () => number }): SendDeps["token"] => {
  const known = new BoundedMap<string, Promise<Token>>(tokensCachedMax);

  return async (key, get) => {
    for (;;) {
      const getting = known.get(key);
      if (getting === undefined) {
        const made = get();
        known.set(key, made);
        return (await made).text;
      }
      const token = await getting.catch(() => undefined);
      if (token !== undefined && now() < token.until - tokenMarginMs) return token.text;
      // Unless a concurrent caller already replaced it.
      if (known.get(key) === getting) known.delete(key);
    }
  };
};
