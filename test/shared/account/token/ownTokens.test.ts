import { describe, expect, it } from "vitest";
import { listOwnTokens, revokeOwnTokens, revokeToken } from "#shared/account/token/ownTokens.ts";
import { hashToken, type Token, tokenId } from "#shared/account/token/token.ts";
import { accountsWorld } from "../world.ts";

/** A user with one token without limits and one that is limited. */
const world = async (limits: Partial<Token>) => {
  const { enter, deps } = await accountsWorld();
  const owner = (await enter()).access_token;
  const limited: Token = {
    ...(await deps.tokenCache.lookUp(owner)),
    ...limits,
    hash: hashToken("limited"),
  };
  await deps.accounts.addToken(limited);
  return { deps, owner, limited };
};

describe.each([
  ["with scopes", { scopes: ["devices:list"] }],
  ["with no scope at all", { scopes: [] }],
  ["of a product", { product: 100_000_001 }],
])("a token %s", (_, limits) => {
  it("lists only itself", async () => {
    const { deps, limited } = await world(limits);
    expect(await listOwnTokens(limited, deps)).toEqual([limited]);
  });

  it("revokes only itself", async () => {
    const { deps, owner, limited } = await world(limits);
    const ownerId = tokenId(await deps.tokenCache.lookUp(owner));
    await expect(revokeToken(ownerId, () => ({ token: "limited" }), deps)).rejects.toMatchObject({
      code: "not_found",
    });
    await revokeOwnTokens(limited, deps);
    await expect(deps.tokenCache.lookUp("limited")).rejects.toMatchObject({
      code: "invalid_token",
    });
    // Not `tokenCache`, which caches tokens for some time.
    expect(await deps.accounts.findToken(hashToken(owner))).toBeDefined();
  });

  it("revokes itself by its id", async () => {
    const { deps, limited } = await world(limits);
    await revokeToken(tokenId(limited), () => ({ token: "limited" }), deps);
    await expect(deps.tokenCache.lookUp("limited")).rejects.toMatchObject({
      code: "invalid_token",
    });
  });
});

describe("a token without limits", () => {
  it("lists and revokes every token of its user", async () => {
    const { deps, owner, limited } = await world({ scopes: ["devices:list"] });
    const token = await deps.tokenCache.lookUp(owner);
    expect(await listOwnTokens(token, deps)).toEqual(expect.arrayContaining([token, limited]));
    await revokeOwnTokens(token, deps);
    for (const text of [owner, "limited"]) {
      await expect(deps.tokenCache.lookUp(text)).rejects.toMatchObject({ code: "invalid_token" });
    }
  });
});
