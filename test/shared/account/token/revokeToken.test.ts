import { describe, expect, it } from "vitest";
import { knowToken } from "#shared/account/token/knowToken.ts";
import { tokenFreshMs } from "#shared/account/token/limits.ts";
import { revokeToken } from "#shared/account/token/revokeToken.ts";
import { tokenId } from "#shared/account/token.ts";
import { accountsWorld } from "../world.ts";

const badToken = { code: "invalid_token" };
const unknown = { code: "not_found", status: 404 };

describe("a token", () => {
  it("is ended by whoever knows it, at once", async () => {
    const { enter, needs } = await accountsWorld();
    const { access_token } = await enter();
    await needs.known(access_token);
    await revokeToken(access_token, undefined, needs);
    await expect(needs.known(access_token)).rejects.toMatchObject(badToken);
    await expect(revokeToken(access_token, undefined, needs)).rejects.toMatchObject(unknown);
  });

  it("that another function has looked up is believed there for some seconds more, and no longer", async () => {
    const { enter, needs, clock } = await accountsWorld();
    const elsewhere = knowToken(needs);
    const { access_token } = await enter();
    await elsewhere(access_token);
    await revokeToken(access_token, undefined, needs);
    clock.ms += tokenFreshMs - 1;
    await elsewhere(access_token);
    clock.ms += 1;
    await expect(elsewhere(access_token)).rejects.toMatchObject(badToken);
  });

  it("is ended by its id with another token of the same user, and of nobody else", async () => {
    const { enter, needs } = await accountsWorld();
    const { access_token } = await enter();
    const id = tokenId(await needs.known(access_token));
    const { access_token: other } = await enter();
    const eve = { ...(await needs.known(other)), username: "eve", hash: "e" };
    const evil = { ...needs, known: Object.assign(async () => eve, { forget: () => {} }) };
    await expect(revokeToken(id, undefined, needs)).rejects.toMatchObject(unknown);
    await expect(revokeToken(id, "evil", evil)).rejects.toMatchObject(unknown);
    await needs.known(access_token);
    await revokeToken(id, other, needs);
    await expect(needs.known(access_token)).rejects.toMatchObject(badToken);
    await expect(revokeToken(id, other, needs)).rejects.toMatchObject(unknown);
  });
});
