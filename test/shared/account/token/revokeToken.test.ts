import { describe, expect, it } from "vitest";
import { tokenCacheMs } from "#shared/account/token/limits.ts";
import { revokeToken } from "#shared/account/token/ownTokens.ts";
import { tokenId } from "#shared/account/token/token.ts";
import { createTokenCache } from "#shared/account/token/tokenCache.ts";
import { cacheOf } from "../../../memory/account/tokenCache.ts";
import { accountsWorld } from "../world.ts";

const badToken = { code: "invalid_token" };
const unknown = { code: "not_found", status: 404 };

describe("a token", () => {
  it("is revoked immediately by its value", async () => {
    const { enter, deps } = await accountsWorld();
    const { access_token } = await enter();
    await deps.tokenCache.lookUp(access_token);
    await revokeToken(access_token, () => ({}), deps);
    await expect(deps.tokenCache.lookUp(access_token)).rejects.toMatchObject(badToken);
    await expect(revokeToken(access_token, () => ({}), deps)).rejects.toMatchObject(unknown);
  });

  it("stays valid for the cache time in another function that has looked it up", async () => {
    const { enter, deps, clock } = await accountsWorld();
    const elsewhere = createTokenCache(deps);
    const { access_token } = await enter();
    await elsewhere.lookUp(access_token);
    await revokeToken(access_token, () => ({}), deps);
    clock.ms += tokenCacheMs - 1;
    await elsewhere.lookUp(access_token);
    clock.ms += 1;
    await expect(elsewhere.lookUp(access_token)).rejects.toMatchObject(badToken);
  });

  it("becomes invalid at once in a function that does not cache tokens", async () => {
    const { enter, deps } = await accountsWorld();
    const elsewhere = createTokenCache({ ...deps, cacheMs: 0 });
    const { access_token } = await enter();
    await elsewhere.lookUp(access_token);
    await revokeToken(access_token, () => ({}), deps);
    await expect(elsewhere.lookUp(access_token)).rejects.toMatchObject(badToken);
  });

  it("is revoked by its id only with another token of the same user", async () => {
    const { enter, deps } = await accountsWorld();
    const { access_token } = await enter();
    const id = tokenId(await deps.tokenCache.lookUp(access_token));
    const { access_token: other } = await enter();
    const eve = { ...(await deps.tokenCache.lookUp(other)), username: "eve", hash: "e" };
    const evil = { ...deps, tokenCache: cacheOf(eve) };
    await expect(revokeToken(id, () => ({}), deps)).rejects.toMatchObject(unknown);
    await expect(revokeToken(id, () => ({ token: "evil" }), evil)).rejects.toMatchObject(unknown);
    await deps.tokenCache.lookUp(access_token);
    await revokeToken(id, () => ({ token: other }), deps);
    await expect(deps.tokenCache.lookUp(access_token)).rejects.toMatchObject(badToken);
    await expect(revokeToken(id, () => ({ token: other }), deps)).rejects.toMatchObject(unknown);
  });
});
