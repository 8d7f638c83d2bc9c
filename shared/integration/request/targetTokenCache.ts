import { BoundedMap } from "../../platform/boundedMap.ts";
import type { SendDeps, Token } from "../kind/kind.ts";
import { tokenMarginMs, tokensCachedMax } from "./limits.ts";

/** Keeps the tokens of targets' services in memory while they are good. One of a key is got once at a time. */
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
      // Unless somebody who waited beside is getting a new one already.
      if (known.get(key) === getting) known.delete(key);
    }
  };
};
