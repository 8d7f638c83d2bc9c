import { describe, expect, it } from "vitest";
import { oauthClientsMax } from "#shared/account/oauth/limits.ts";
import {
  addOAuthClient,
  oauthClientInput,
  removeOAuthClient,
} from "#shared/account/oauth/manageOAuthClients.ts";
import type { OAuthClientOwner } from "#shared/account/oauth/oauthClient.ts";
import { fleet } from "../../../memory/samples.ts";
import { accountsWorld, username } from "../world.ts";

/** A world with a client of the user's own, or of their product. */
const withClient = async (owner: OAuthClientOwner = { username }, more: object = {}) => {
  const world = await accountsWorld();
  const input = oauthClientInput.parse({ name: "My App", ...more });
  const { client, secret } = await addOAuthClient(input, owner, world.deps);
  const pair = { client_id: client.id, client_secret: secret };
  const ask = (given: object = {}) =>
    world.enter({ grant_type: "client_credentials", ...pair, ...given });
  return { ...world, client, secret, pair, ask };
};

describe("a user's own client", () => {
  it("gets tokens of its owner by its secret, and no refresh token", async () => {
    const { ask, deps, client } = await withClient();
    const answer = await ask();
    expect(answer).not.toHaveProperty("refresh_token");
    const token = await deps.tokenCache.lookUp(answer.access_token);
    expect(token).toMatchObject({ username, fleet, client: client.id });
    expect(token.scopes).toBeUndefined();
  });

  it("logs users in, and limits their tokens to its scopes, also renewed ones", async () => {
    const { ask, deps } = await withClient({ username }, { scope: "devices:list events:get" });
    const { access_token, refresh_token } = await ask({ grant_type: "password" });
    const scopes = ["devices:list", "events:get"];
    expect(await deps.tokenCache.lookUp(access_token)).toMatchObject({ username, scopes });
    const renewed = await ask({ grant_type: "refresh_token", refresh_token });
    expect(await deps.tokenCache.lookUp(renewed.access_token)).toMatchObject({ scopes });
  });

  it.each([{ client_secret: "wrong" }, { client_secret: "" }, { client_id: "my-app-0" }])(
    "is refused with %o",
    async (given) => {
      const { ask } = await withClient();
      await expect(ask(given)).rejects.toMatchObject({ code: "invalid_client", status: 400 });
    },
  );

  it("stores its secret as a hash only", async () => {
    const { deps, secret } = await withClient();
    expect(JSON.stringify(await deps.clients.list({ username }))).not.toContain(secret);
  });

  it("is removed with its tokens, and only by its owner", async () => {
    const { ask, deps, client, enter } = await withClient();
    const { access_token } = await ask();
    const other = await enter();
    await deps.tokenCache.lookUp(access_token);
    const otherUser = { owner: { username: "eve" }, username: "eve" };
    await expect(removeOAuthClient(client.id, otherUser, deps)).rejects.toMatchObject({
      code: "not_found",
    });
    await removeOAuthClient(client.id, { owner: { username }, username }, deps);
    await expect(deps.tokenCache.lookUp(access_token)).rejects.toMatchObject({
      code: "invalid_token",
    });
    await expect(ask()).rejects.toMatchObject({ code: "invalid_client" });
    expect(await deps.tokenCache.lookUp(other.access_token)).toHaveProperty("fleet");
  });

  it("has a maximum number", async () => {
    const { deps } = await accountsWorld();
    const input = oauthClientInput.parse({ name: "x" });
    for (let i = 0; i < oauthClientsMax; i += 1) await addOAuthClient(input, { username }, deps);
    await expect(addOAuthClient(input, { username }, deps)).rejects.toMatchObject({
      code: "limit_reached",
    });
    await addOAuthClient(input, { product: 7 }, deps);
  });

  it.each([
    { name: "" },
    { name: "x", type: "web" },
    { name: "x", scope: "everything" },
    { name: "x", scope: "" },
    { name: "x", scope: [] },
  ])("cannot be created from %o", (given) => {
    expect(oauthClientInput.safeParse(given).success).toBe(false);
  });
});

describe("a product's client", () => {
  it("gets tokens that are valid for its product only", async () => {
    const { ask, deps, product } = await withClient({ product: 100_000_001 });
    const { access_token } = await ask();
    expect(await deps.tokenCache.lookUp(access_token)).toMatchObject({
      username,
      fleet: product.fleet,
      product: product.id,
    });
  });

  it("cannot be used for a log-in", async () => {
    const { ask } = await withClient({ product: 100_000_001 });
    await expect(ask({ grant_type: "password" })).rejects.toMatchObject({
      code: "unauthorized_client",
      status: 400,
    });
  });
});
