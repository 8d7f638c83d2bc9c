import { describe, expect, it } from "vitest";
import type { OneTimeToken, OneTimeTokens } from "#shared/account/token/oneTimeToken.ts";

const token = {
  hash: "h1",
  fleet: "f1",
  username: "a@b.c",
  claim: { purpose: "change-address", to: "d@e.f", invalidateTokens: false },
  createdAt: 1_735_787_000_000,
  expiresAt: 1_735_787_045_678,
} satisfies OneTimeToken;

/** Contract of every implementation of `OneTimeTokens`. */
export const oneTimeTokensContract = (open: () => Promise<OneTimeTokens>): void => {
  describe("one-time tokens", () => {
    it("are found as they were added", async () => {
      const tokens = await open();
      const login: OneTimeToken = {
        ...token,
        hash: "h2",
        claim: { purpose: "mfa-login", client: "x", scopes: ["devices:list"] },
      };
      await tokens.add(token);
      await tokens.add(login);
      expect(await tokens.find("h1")).toMatchObject(token);
      expect(await tokens.find("h2")).toMatchObject(login);
      expect(await tokens.find("h3")).toBeUndefined();
    });

    it("are removed by exactly one of several concurrent calls", async () => {
      const tokens = await open();
      await tokens.add(token);
      const asked = Array.from({ length: 10 }, () => tokens.remove(token));
      expect((await Promise.all(asked)).filter(Boolean)).toHaveLength(1);
      expect(await tokens.find("h1")).toBeUndefined();
    });
  });
};
