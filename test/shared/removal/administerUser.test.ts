import { describe, expect, it } from "vitest";
import { acceptInvitation } from "#shared/account/team/answerInvitation.ts";
import { inviteMember } from "#shared/account/team/inviteMember.ts";
import { tokenCacheMs } from "#shared/account/token/limits.ts";
import { hashToken } from "#shared/account/token/token.ts";
import { removableContacts } from "#shared/notice/subscription/removeContacts.ts";
import { subscriptionId } from "#shared/notice/subscription/subscription.ts";
import {
  addUserByOperator,
  describeUser,
  removeUser,
  switchUser,
} from "#shared/removal/administerUser.ts";
import { aSubscription } from "../../contracts/notice/notices.ts";
import { memoryTeamHints } from "../../memory/account/teams.ts";
import { memoryDevices } from "../../memory/device/devices.ts";
import { memorySubscriptions } from "../../memory/notice/subscriptions.ts";
import { fleet } from "../../memory/samples.ts";
import { accountsWorld, username } from "../account/world.ts";

const world = async () => {
  const { deps: accountDeps, ...rest } = await accountsWorld();
  const subscriptions = memorySubscriptions();
  const deps = {
    contacts: removableContacts({ subscriptions }),
    subscriptions,
    ...accountDeps,
    hints: memoryTeamHints(),
    newId: () => "id",
    devices: memoryDevices(),
  };
  return { ...rest, deps };
};

const badToken = { code: "invalid_token", status: 401 };

describe("a disabled user", () => {
  it("cannot log in, nor renew, and their tokens are refused until they are enabled", async () => {
    const { deps, enter, clock } = await world();
    const { access_token: token, refresh_token } = await enter();
    await deps.tokenCache.lookUp(token);
    await switchUser({ username, disabled: true }, deps);
    clock.ms += tokenCacheMs;
    await expect(deps.tokenCache.lookUp(token)).rejects.toMatchObject(badToken);
    await expect(enter()).rejects.toMatchObject({ code: "invalid_grant" });
    const renewing = enter({ grant_type: "refresh_token", refresh_token });
    await expect(renewing).rejects.toMatchObject({ code: "invalid_grant" });
    await switchUser({ username, disabled: false }, deps);
    expect(await deps.tokenCache.lookUp(token)).toMatchObject({ username });
    await enter();
  });

  it("does not revoke the tokens of their products' API users", async () => {
    const { deps, product } = await world();
    await switchUser({ username, disabled: true }, deps);
    const token = {
      username,
      fleet: product.fleet,
      product: product.id,
      client: "c",
      createdAt: "",
    };
    await deps.accounts.addToken({ ...token, hash: hashToken("text") });
    expect(await deps.tokenCache.lookUp("text")).toMatchObject({ product: product.id });
  });

  it("must exist", async () => {
    const { deps } = await world();
    const switching = switchUser({ username: "nobody", disabled: true }, deps);
    await expect(switching).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("the removal of a user", () => {
  it("is refused while they have products or devices, which the plan shows", async () => {
    const { deps, product } = await world();
    await deps.devices.add({ id: "d1", fleet, createdAt: "", updatedAt: "" });
    expect(await describeUser(username, 9, deps)).toMatchObject({
      products: [product.id],
      devices: 1,
    });
    await expect(removeUser(username, deps)).rejects.toMatchObject({
      code: "needs_confirmation",
      message: expect.stringContaining(String(product.id)),
    });
    expect(await deps.accounts.findUser(username)).toBeDefined();
  });

  it("removes tokens, memberships and the subscription, and reserves the name", async () => {
    const { deps, product, clock } = await world();
    const bob = { username: "bob@example.com", fleet: "f-bob" };
    const account = { ...bob, passwordHash: "h", createdAt: "" };
    await deps.accounts.addUser(account, { replace: false });
    await deps.accounts.addToken({ ...bob, hash: "t", client: "x", createdAt: "" });
    const asked = { product, by: { username, fleet } };
    const { id } = await inviteMember({ username: bob.username, role: "viewer" }, asked, deps);
    await acceptInvitation(id, bob, deps);
    const channel = { kind: "email" as const, address: bob.username };
    const own = subscriptionId(channel, undefined);
    for (const id of [own, "s-other"]) await deps.subscriptions.put(aSubscription(id));
    expect(await removeUser(bob.username, deps)).toEqual({ username: bob.username, removed: true });
    expect((await deps.subscriptions.count("s-")).all).toBe(1);
    clock.ms += tokenCacheMs;
    expect(await deps.accounts.findUser(bob.username)).toBeUndefined();
    expect(await deps.accounts.listTokens(bob.username)).toEqual([]);
    expect((await deps.teams.find(product.id))?.members).toEqual([]);
    await expect(deps.accounts.addUser(account, { replace: false })).rejects.toMatchObject({
      code: "already_exists",
    });
    await expect(removeUser(bob.username, deps)).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("a user whom the operator adds", () => {
  it("gets the name of another user only with replace, which the refusal says", async () => {
    const { deps } = await world();
    const input = { username, password: "long enough 1", replace: false };
    await expect(addUserByOperator(input, deps)).rejects.toMatchObject({
      code: "already_exists",
      message: expect.stringContaining("--replace sets a new password"),
    });
    const bob = { ...input, username: "bob@example.com" };
    await addUserByOperator(bob, deps);
    await removeUser(bob.username, deps);
    await expect(addUserByOperator(bob, deps)).rejects.toMatchObject({
      code: "already_exists",
      message: expect.stringContaining("removed user: --replace assigns it again"),
    });
    await addUserByOperator({ ...bob, replace: true }, deps);
    expect(await deps.accounts.findUser(bob.username)).toBeDefined();
  });
});
