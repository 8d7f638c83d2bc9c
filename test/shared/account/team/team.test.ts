import { describe, expect, it } from "vitest";
import { authenticateCaller } from "#shared/account/caller/authenticateCaller.ts";
import { teamCacheMs } from "#shared/account/caller/limits.ts";
import {
  acceptInvitation,
  declineInvitation,
  findInvitation,
} from "#shared/account/team/answerInvitation.ts";
import { requireCurrentRight } from "#shared/account/team/changeTeam.ts";
import { inviteMember, memberInput } from "#shared/account/team/inviteMember.ts";
import { invitationDays, teamPeopleMax } from "#shared/account/team/limits.ts";
import { listInvitations, listMemberships, listTeam } from "#shared/account/team/listTeam.ts";
import { changeRole, removeMember } from "#shared/account/team/removeMember.ts";
import { type AssignableRole, canAccess, roleInput, roles } from "#shared/account/team/role.ts";
import type { Person } from "#shared/account/team/team.ts";
import type { Access } from "#shared/api/scopes.ts";
import { routes } from "#shared/routes/table.ts";
import { memoryTeamHints } from "../../../memory/account/teams.ts";
import { cacheOf } from "../../../memory/account/tokenCache.ts";
import { fleet } from "../../../memory/samples.ts";
import { accountsWorld, username } from "../world.ts";

const owner: Person = { username, fleet };
const bob: Person = { username: "bob@example.com", fleet: "f-bob" };
const eve: Person = { username: "eve@example.com", fleet: "f-eve" };

/** A product of `owner`'s, and two other people who have accounts. */
const world = async () => {
  const { deps: accountDeps, product, clock, ...rest } = await accountsWorld();
  for (const person of [bob, eve]) {
    const user = { ...person, passwordHash: "h", createdAt: "" };
    await accountDeps.accounts.addUser(user, { replace: false });
    await accountDeps.accounts.addToken({
      ...person,
      hash: person.fleet,
      client: "x",
      createdAt: "",
    });
  }
  const ids = Array.from({ length: 1_000 }, (_, i) => `id${i}`);
  const deps = { ...accountDeps, hints: memoryTeamHints(), newId: () => ids.pop() ?? "" };
  const invite = (person: string, role: AssignableRole = "developer", by = owner) =>
    inviteMember({ username: person, role }, { product, by }, deps);
  const join = async (person: Person, role: AssignableRole) =>
    acceptInvitation((await invite(person.username, role)).id, person, deps);
  const members = async () =>
    (await listTeam(product, deps)).members.map((each) => [each.username, each.role]);
  return { ...rest, deps, product, clock, invite, join, members, asked: { product, by: owner } };
};

const notFound = { code: "not_found" };
const unauthorized = { code: "unauthorized" };

describe("a role", () => {
  const ofProducts = routes.filter(({ path }) => path.startsWith("/v1/products/{product}"));

  it("of a viewer permits no change on any route, except leaving the team", () => {
    // A usage report is made when it is read: its request stores nothing.
    const changing = ofProducts.filter(
      ({ path, method }) => method !== "GET" && !path.endsWith("/usage_reports"),
    );
    const allowed = changing.filter(({ access }) => canAccess("viewer", access));
    expect(allowed.map(({ access }) => access)).toEqual(["teams.users:leave"]);
    expect(changing.length).toBeGreaterThan(20);
  });

  it("of a viewer or developer permits no route that gives access to others", () => {
    const giving = ofProducts.filter(
      ({ path, method }) => method !== "GET" && /\/(team|clients|archive)/.test(path),
    );
    for (const role of ["viewer", "support", "developer"] as const) {
      const open = giving.filter(({ access }) => canAccess(role, access));
      expect(open.map(({ access }) => access)).toEqual(["teams.users:leave"]);
    }
  });

  it("includes all scopes of the next lower role", () => {
    for (const { access } of ofProducts) {
      const may = roles.map((role) => canAccess(role, access));
      expect([access, may]).toEqual([access, may.toSorted((a, b) => Number(b) - Number(a))]);
      expect(may[0]).toBe(true);
    }
  });

  it.each([
    ["Administrator", "administrator"],
    [" VIEWER ", "viewer"],
    ["View-only", "viewer"],
    ["admin", "administrator"],
  ])("can be named %j", (name, role) => {
    expect(roleInput.parse(name)).toBe(role);
  });

  it.each(["owner", "", "root", 1, null])("cannot be named %j", (name) => {
    expect(roleInput.safeParse(name).success).toBe(false);
  });
});

describe("an invitation", () => {
  it("makes only the accepting user a member", async () => {
    const { invite, deps, members, product } = await world();
    const { id } = await invite(bob.username, "support");
    expect(await listInvitations(bob, deps)).toMatchObject([{ product, invitation: { id } }]);
    expect(await listInvitations(eve, deps)).toEqual([]);
    await expect(acceptInvitation(id, eve, deps)).rejects.toMatchObject(notFound);
    await expect(declineInvitation(id, eve, deps)).rejects.toMatchObject(notFound);
    expect(await members()).toEqual([]);
    await acceptInvitation(id, bob, deps);
    expect(await members()).toEqual([[bob.username, "support"]]);
    expect(await listMemberships(bob, deps)).toEqual([{ product, role: "support" }]);
    expect(await listInvitations(bob, deps)).toEqual([]);
    await expect(acceptInvitation(id, bob, deps)).rejects.toMatchObject(notFound);
  });

  it("is found only by its person, whose answer is in the audit log of the product", async () => {
    const { invite, deps, product } = await world();
    const { id } = await invite(bob.username);
    expect(await findInvitation(id, bob, deps)).toMatchObject({ product });
    expect(await findInvitation(id, eve, deps)).toBeUndefined();
    for (const other of [`${product.id}`, `${product.id}-x`, `${product.id}x`, "x", ""]) {
      expect(await findInvitation(other, bob, deps)).toBeUndefined();
    }
  });

  it("has the same response with or without an account of its address", async () => {
    const { invite } = await world();
    const known = await invite(bob.username);
    const unknown = await invite("nobody@example.com");
    const shape = ({ id: _, username: __, ...rest }: typeof known) => rest;
    expect(shape(known)).toEqual(shape(unknown));
  });

  it("waits for a person without an account, and follows a rename", async () => {
    const { invite, deps, members } = await world();
    const late: Person = { username: "late@example.com", fleet: "f-late" };
    const { id } = await invite(late.username, "viewer");
    const account = { ...late, passwordHash: "h", createdAt: "" };
    await deps.accounts.addUser(account, { replace: false });
    await deps.accounts.renameUser(account, "later@example.com");
    await acceptInvitation(id, { ...late, username: "later@example.com" }, deps);
    expect(await members()).toEqual([["later@example.com", "viewer"]]);
  });

  it("is replaced when it is repeated with another role", async () => {
    const { invite, deps, product } = await world();
    const first = await invite(bob.username, "viewer");
    const second = await invite(bob.username, "administrator");
    expect(second.id).toBe(first.id);
    const { invitations } = await listTeam(product, deps);
    expect(invitations).toMatchObject([{ username: bob.username, role: "administrator" }]);
  });

  it("expires", async () => {
    const { invite, deps, clock, product } = await world();
    const { id } = await invite(bob.username);
    clock.ms += invitationDays * 86_400_000;
    await expect(acceptInvitation(id, bob, deps)).rejects.toMatchObject(notFound);
    expect(await listInvitations(bob, deps)).toEqual([]);
    expect((await listTeam(product, deps)).invitations).toEqual([]);
  });

  it("can be declined, and cancelled", async () => {
    const { invite, deps, asked, members } = await world();
    const declined = await invite(bob.username);
    await declineInvitation(declined.id, bob, deps);
    const cancelled = await invite(eve.username);
    await removeMember(eve.username, asked, deps);
    for (const [{ id }, person] of [
      [declined, bob],
      [cancelled, eve],
    ] as const) {
      await expect(acceptInvitation(id, person, deps)).rejects.toMatchObject(notFound);
    }
    expect(await members()).toEqual([]);
  });

  it("that is accepted while it is cancelled leaves no member", async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      const { invite, deps, asked, members } = await world();
      const { id } = await invite(bob.username);
      const done = await Promise.allSettled([
        acceptInvitation(id, bob, deps),
        removeMember(bob.username, asked, deps),
      ]);
      expect(done[1]?.status).toBe("fulfilled");
      expect(await members()).toEqual([]);
    }
  });

  it("is not for the owner, nor for a member", async () => {
    const { invite, join } = await world();
    await join(bob, "viewer");
    for (const person of [username, bob.username]) {
      await expect(invite(person)).rejects.toMatchObject({ code: "already_exists" });
    }
  });

  it("counts towards the limit, also under concurrency", async () => {
    const { invite, join, deps, product } = await world();
    await join(bob, "viewer");
    for (let i = 2; i < teamPeopleMax; i += 1) await invite(`p${i}@example.com`);
    const last = await Promise.allSettled([1, 2, 3].map((i) => invite(`last${i}@example.com`)));
    expect(last.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await expect(invite("late@example.com")).rejects.toMatchObject({ code: "limit_reached" });
    expect((await listTeam(product, deps)).invitations).toHaveLength(teamPeopleMax - 1);
  });

  it.each([{}, { username: "" }, { username: "x@api.godwit" }, { username: "a", role: "owner" }])(
    "cannot be created from %j",
    (given) => {
      expect(memberInput.safeParse(given).success).toBe(false);
    },
  );
});

describe("a member", () => {
  it("acts with their own token in the product's fleet, within their role", async () => {
    const { deps, join, product, asked, clock } = await world();
    const caller = authenticateCaller({
      ...deps,
      tokenCache: cacheOf({ ...bob, hash: "", client: "", createdAt: "" }),
    });
    const act = (access: Access) => caller({ token: "t", product: String(product.id), access });
    await expect(act("devices:list")).rejects.toMatchObject(notFound);
    await join(bob, "viewer");
    clock.ms += teamCacheMs;
    expect(await act("devices:list")).toMatchObject({
      username: bob.username,
      fleet: product.fleet,
      role: "viewer",
    });
    await expect(act("devices:update")).rejects.toMatchObject(unauthorized);
    await changeRole({ username: bob.username, role: "developer" }, asked, deps);
    clock.ms += teamCacheMs;
    await act("devices:update");
    await expect(act("teams.users:invite")).rejects.toMatchObject(unauthorized);
    await removeMember(bob.username, asked, deps);
    await expect(act("teams.users:list")).rejects.toMatchObject(notFound);
    clock.ms += teamCacheMs;
    await expect(act("devices:list")).rejects.toMatchObject(notFound);
    expect(await listMemberships(bob, deps)).toEqual([]);
  });

  it("can leave with any role, and cannot remove others without the right", async () => {
    const { deps, join, product, members } = await world();
    await join(bob, "viewer");
    await join(eve, "developer");
    const byBob = { product, by: bob };
    for (const other of [eve.username, username, "nobody@example.com"]) {
      await expect(removeMember(other, byBob, deps)).rejects.toMatchObject(unauthorized);
    }
    await removeMember(bob.username, byBob, deps);
    expect(await members()).toEqual([[eve.username, "developer"]]);
  });

  it("manages the team as an administrator, except the owner", async () => {
    const { deps, join, invite, product, members } = await world();
    await join(bob, "administrator");
    const byBob = { product, by: bob };
    const { id } = await invite(eve.username, "viewer", bob);
    await acceptInvitation(id, eve, deps);
    await changeRole({ username: eve.username, role: "support" }, byBob, deps);
    const refused = { code: "refused" };
    await expect(removeMember(username, byBob, deps)).rejects.toMatchObject(refused);
    const demoted = changeRole({ username, role: "viewer" }, byBob, deps);
    await expect(demoted).rejects.toMatchObject(refused);
    await expect(removeMember(username, { product, by: owner }, deps)).rejects.toMatchObject(
      refused,
    );
    expect(await members()).toEqual([
      [bob.username, "administrator"],
      [eve.username, "support"],
    ]);
  });

  it.each(["removed", "demoted"])(
    "loses pending invitations when they are %s as administrator",
    async (how) => {
      const { deps, join, invite, asked } = await world();
      await join(bob, "administrator");
      const { id } = await invite(eve.username, "administrator", bob);
      if (how === "removed") await removeMember(bob.username, asked, deps);
      else await changeRole({ username: bob.username, role: "viewer" }, asked, deps);
      await expect(acceptInvitation(id, eve, deps)).rejects.toMatchObject(notFound);
      await expect(invite(eve.username, "viewer", bob)).rejects.toMatchObject(unauthorized);
    },
  );

  it("is found by their current name and by a former one", async () => {
    const { deps, join, asked, members } = await world();
    await join(bob, "viewer");
    const account = await deps.accounts.findUser(bob.username);
    await deps.accounts.renameUser(account!, "robert@example.com");
    expect(await members()).toEqual([["robert@example.com", "viewer"]]);
    await changeRole({ username: bob.username, role: "support" }, asked, deps);
    await removeMember("robert@example.com", asked, deps);
    expect(await members()).toEqual([]);
  });

  it.each(["removed", "demoted"])(
    "who is %s as administrator has no valid invitation left, under any of their names",
    async (how) => {
      const { deps, join, invite, asked } = await world();
      await join(bob, "administrator");
      const before = await invite(eve.username, "administrator", bob);
      await deps.accounts.renameUser(bob, "robert@example.com");
      const robert = { ...bob, username: "robert@example.com" };
      const after = await invite("fay@example.com", "viewer", robert);
      if (how === "removed") await removeMember(robert.username, asked, deps);
      else await changeRole({ username: robert.username, role: "viewer" }, asked, deps);
      await expect(acceptInvitation(before.id, eve, deps)).rejects.toMatchObject(notFound);
      const team = await deps.teams.find(asked.product.id);
      expect(team?.invitations.map(({ id }) => id)).not.toContain(after.id);
    },
  );

  it("has no valid invitation by a former name after they are removed", async () => {
    const { deps, join, invite, asked } = await world();
    await join(bob, "viewer");
    await deps.accounts.renameUser(bob, "robert@example.com");
    const robert = { ...bob, username: "robert@example.com" };
    const team = (await deps.teams.find(asked.product.id))!;
    const { id } = await invite("fay@example.com");
    // An invitation to the former name, as one of an earlier time is.
    const stored = (await deps.teams.find(asked.product.id))!;
    const [invitation] = stored.invitations;
    await deps.teams.put({
      ...stored,
      revision: stored.revision + 1,
      invitations: [{ ...invitation!, username: bob.username, id: "100000001-old" }],
    });
    await removeMember(robert.username, asked, deps);
    await expect(acceptInvitation("100000001-old", robert, deps)).rejects.toMatchObject(notFound);
    expect([team.invitations, id]).toEqual([[], expect.any(String)]);
  });

  it("is absent for an unknown name", async () => {
    const { deps, asked } = await world();
    for (const name of [bob.username, "nobody@example.com"]) {
      await expect(removeMember(name, asked, deps)).rejects.toMatchObject(notFound);
      const changed = changeRole({ username: name, role: "viewer" }, asked, deps);
      await expect(changed).rejects.toMatchObject(notFound);
    }
  });
});

describe("a right", () => {
  it("is that of the current role, for an API user as well as for a member", async () => {
    const { deps, product, join, asked } = await world();
    await join(bob, "administrator");
    const byBob = { product, by: bob };
    await requireCurrentRight("teams.users:invite", byBob, deps);
    await changeRole({ username: bob.username, role: "developer" }, asked, deps);
    const asking = requireCurrentRight("teams.users:invite", byBob, deps);
    await expect(asking).rejects.toMatchObject(unauthorized);
    await requireCurrentRight("teams.users:invite", asked, deps);
  });
});
