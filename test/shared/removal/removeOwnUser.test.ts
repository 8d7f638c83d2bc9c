import { describe, expect, it } from "vitest";
import { acceptInvitation } from "#shared/account/team/answerInvitation.ts";
import { inviteMember } from "#shared/account/team/inviteMember.ts";
import { removableContacts } from "#shared/notice/subscription/removeContacts.ts";
import { removeOwnUser } from "#shared/removal/removeOwnUser.ts";
import { memoryTeamHints } from "../../memory/account/teams.ts";
import { memoryDevices } from "../../memory/device/devices.ts";
import { memorySubscriptions } from "../../memory/notice/subscriptions.ts";
import { accountsWorld, address, password, username } from "../account/world.ts";

const eve = "eve@example.com";

/** A user without resources, in addition to the owner of a product. */
const world = async () => {
  const made = await accountsWorld();
  const passwordHash = await made.deps.passwords.hash(password);
  const user = { username: eve, passwordHash, fleet: "f9", createdAt: "" };
  await made.deps.accounts.addUser(user, { replace: false });
  const hooks: { id: string; fleet: string; event: string; disabled: boolean }[] = [];
  const subscriptions = memorySubscriptions();
  const deps = {
    contacts: removableContacts({ subscriptions }),
    subscriptions,
    ...made.deps,
    hints: memoryTeamHints(),
    devices: memoryDevices(),
    newId: () => "id",
    integrations: {
      fleetRouting: async () => ({ integrations: hooks, unreadable: new Map<string, Error>() }),
    },
  };
  const remove = (name = eve, given = password) =>
    removeOwnUser({ username: name, password: given, address }, deps);
  return { ...made, deps, remove, hooks };
};

describe("a user who removes their account", () => {
  it("is removed with their tokens and second factor, and the name stays reserved", async () => {
    const { deps, enter, remove } = await world();
    const { access_token } = await enter({ username: eve });
    const factor = { fleet: "f9", sealedSecret: "x", lastStep: 0, recoveryHashes: [] };
    await deps.secondFactors.add({ ...factor, enabledAt: "", version: 1 });
    await remove();
    expect(await deps.accounts.findUser(eve)).toBeUndefined();
    expect(await deps.secondFactors.find("f9")).toBeUndefined();
    await expect(deps.tokenCache.lookUp(access_token)).rejects.toMatchObject({
      code: "invalid_token",
    });
    await expect(enter({ username: eve })).rejects.toMatchObject({ code: "invalid_grant" });
    const again = { username: eve, passwordHash: "h", fleet: "f10", createdAt: "" };
    await expect(deps.accounts.addUser(again, { replace: false })).rejects.toMatchObject({
      code: "already_exists",
    });
  });

  it("leaves the teams that they are in", async () => {
    const { deps, remove, product } = await world();
    const by = { username, fleet: "f1" };
    const owner = (await deps.accounts.findUser(username))!;
    const invited = { username: eve, role: "developer" } as const;
    const about = { product, by: { ...by, fleet: owner.fleet } };
    const { id } = await inviteMember(invited, about, deps);
    await acceptInvitation(id, { username: eve, fleet: "f9" }, deps);
    expect((await deps.teams.find(product.id))?.members).toHaveLength(1);
    await remove();
    expect((await deps.teams.find(product.id))?.members).toEqual([]);
  });

  it("needs their password", async () => {
    const { deps, remove } = await world();
    await expect(remove(eve, "wrong horse")).rejects.toMatchObject({ code: "invalid_grant" });
    expect(await deps.accounts.findUser(eve)).not.toHaveProperty("disabled");
  });

  it("gets a list of remaining resources, and is not removed", async () => {
    const { deps, remove, hooks, product } = await world();
    const refused = (message: string) => ({
      code: "needs_confirmation",
      message: expect.stringContaining(message),
    });
    await expect(remove(username)).rejects.toMatchObject(refused(`products: ${product.id}`));
    for (let i = 10; i < 22; i += 1) {
      await deps.devices.add({ id: `d${i}`, fleet: "f9", createdAt: "", updatedAt: "" });
    }
    hooks.push({ id: "h1", fleet: "f9", event: "x", disabled: false });
    await expect(remove()).rejects.toMatchObject(refused("d19 and 2 more; integrations: h1"));
    expect(await deps.accounts.findUser(eve)).not.toHaveProperty("disabled");
  });
});
