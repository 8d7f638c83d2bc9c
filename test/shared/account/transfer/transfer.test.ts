import { describe, expect, it } from "vitest";
import { authenticateCaller } from "#shared/account/caller/authenticateCaller.ts";
import { addOAuthClient, oauthClientInput } from "#shared/account/oauth/manageOAuthClients.ts";
import { addProduct, productInput } from "#shared/account/product/addProduct.ts";
import { changeProduct } from "#shared/account/product/changeProduct.ts";
import { productNameReservationMs, productsPerUserMax } from "#shared/account/product/limits.ts";
import { acceptInvitation } from "#shared/account/team/answerInvitation.ts";
import { inviteMember } from "#shared/account/team/inviteMember.ts";
import { formerOwnersMax, transferOfferDays } from "#shared/account/team/limits.ts";
import { listMemberships, listTeam } from "#shared/account/team/listTeam.ts";
import { removeMember } from "#shared/account/team/removeMember.ts";
import { type Person, roleIn } from "#shared/account/team/team.ts";
import {
  acceptOffer,
  declineOffer,
  findOffered,
  listOffers,
} from "#shared/account/transfer/answerOffer.ts";
import { offerProduct, withdrawOffer } from "#shared/account/transfer/offerProduct.ts";
import { removeUser } from "#shared/removal/administerUser.ts";
import { memoryTeamHints } from "../../../memory/account/teams.ts";
import { cacheOf } from "../../../memory/account/tokenCache.ts";
import { fleet } from "../../../memory/samples.ts";
import { everyOrder, takeTurns } from "../../../memory/turns.ts";
import { accountsWorld, username } from "../world.ts";

const ada: Person = { username, fleet };
const bob: Person = { username: "bob@example.com", fleet: "f-bob" };
const eve: Person = { username: "eve@example.com", fleet: "f-eve" };
const confirm = "100000001";

/** A product of Ada's, with Bob and Eve in its team. */
const world = async () => {
  const { deps: base, product: first, clock } = await accountsWorld();
  const ids = Array.from({ length: 1_000 }, (_, i) => `id${i}`);
  const devices = { list: async () => [] };
  const contacts = { removeOfUser: async () => {} };
  const deps = {
    ...base,
    devices,
    contacts,
    hints: memoryTeamHints(),
    newId: () => ids.pop() ?? "",
  };
  await deps.names.reserve({ ownerFleet: fleet, key: "thermostat", product: first.id, at: 0 });
  for (const person of [bob, eve]) {
    const user = { ...person, passwordHash: "h", createdAt: "" };
    await deps.accounts.addUser(user, { replace: false });
    const input = { username: person.username, role: "developer" as const };
    const { id } = await inviteMember(input, { product: first, by: ada }, deps);
    await acceptInvitation(id, person, deps);
  }
  const product = async () => {
    const found = await deps.accounts.findProduct(first.id);
    if (found === undefined) throw new Error("the product is gone");
    return found;
  };
  const offer = async (to = bob, by = ada, more: object = { confirm }) =>
    offerProduct({ username: to.username, ...more }, { product: await product(), by }, deps);
  const accept = (id: string, person = bob, own: Partial<typeof deps> = {}) =>
    acceptOffer(id, person, { ...deps, ...own });
  const roles = async () => {
    const [found, team] = [await product(), await deps.teams.find(first.id)];
    return [ada, bob, eve].map((person) => roleIn(found, team, person));
  };
  return { deps, clock, first, product, offer, accept, roles };
};

const before = ["owner", "developer", "developer"];
const after = ["administrator", "owner", "developer"];
const notFound = { code: "not_found" };

describe("an offer of a product", () => {
  it("is made only by the owner, to a member, with a confirmation, and changes nothing", async () => {
    const { offer, roles, deps, product } = await world();
    await expect(offer(bob, ada, {})).rejects.toMatchObject({ code: "needs_confirmation" });
    await expect(offer(bob, ada, { confirm: "x" })).rejects.toMatchObject({
      code: "needs_confirmation",
    });
    await expect(offer(bob, bob)).rejects.toMatchObject({ code: "unauthorized" });
    await expect(offer(ada)).rejects.toMatchObject({ code: "refused" });
    const otherUser = { username: "who@example.com", fleet: "f-who" };
    await expect(offer(otherUser)).rejects.toMatchObject(notFound);
    expect(await listOffers(bob, deps)).toEqual([]);
    const made = await offer();
    expect(await listOffers(bob, deps)).toEqual([{ product: await product(), offer: made }]);
    expect(await listOffers(eve, deps)).toEqual([]);
    expect(await roles()).toEqual(before);
  });

  it("is the only one until it was withdrawn, declined or has expired", async () => {
    const { offer, accept, deps, clock, product } = await world();
    const first = await offer();
    await expect(offer(eve)).rejects.toMatchObject({ code: "already_exists" });
    expect((await offer()).id).toBe(first.id);
    await withdrawOffer({ product: await product(), by: ada }, deps);
    await expect(accept(first.id)).rejects.toMatchObject(notFound);
    const second = await offer(eve);
    await expect(declineOffer(second.id, bob, deps)).rejects.toMatchObject(notFound);
    await declineOffer(second.id, eve, deps);
    const third = await offer();
    clock.ms += transferOfferDays * 86_400_000;
    await expect(accept(third.id)).rejects.toMatchObject(notFound);
    expect(await offer(eve)).toMatchObject({ to: eve.username });
  });

  it("is found only by its recipient, whose answer is in the audit log of the product", async () => {
    const { offer, accept, deps, first } = await world();
    const { id } = await offer(bob);
    expect(await findOffered(id, bob, deps)).toMatchObject({ id: first.id });
    expect(await findOffered(id, eve, deps)).toBeUndefined();
    expect(await findOffered(`${first.id}-x`, bob, deps)).toBeUndefined();
    await accept(id);
    // The request may be repeated.
    expect(await findOffered(id, bob, deps)).toMatchObject({ id: first.id });
    expect(await findOffered(id, eve, deps)).toBeUndefined();
  });

  it("exists once after two concurrent requests", async () => {
    const { offer, product } = await world();
    const made = await Promise.allSettled([offer(bob), offer(eve)]);
    expect(made.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect((await product()).offer).toBeDefined();
  });

  it("ends when the member is removed or leaves", async () => {
    for (const by of [ada, bob]) {
      const { offer, accept, deps, product } = await world();
      const { id } = await offer();
      await removeMember(bob.username, { product: await product(), by }, deps);
      expect((await product()).offer).toBeUndefined();
      await expect(accept(id)).rejects.toMatchObject(notFound);
    }
  });
});

describe("an accepted offer", () => {
  it("makes the member the owner and the owner an administrator", async () => {
    const { offer, accept, roles, deps, product, first } = await world();
    const client = oauthClientInput.parse({ name: "app", type: "installed" });
    const added = await addOAuthClient(client, { product: first.id }, deps);
    const token = { hash: "t", client: added.client.id, createdAt: "", fleet: first.fleet };
    await deps.accounts.addToken({ ...token, username, product: first.id });
    const { id } = await offer();
    expect(await accept(id)).toMatchObject({ id: first.id, owner: bob.username });
    expect(await roles()).toEqual(after);
    const { members } = await listTeam(await product(), deps);
    expect(members.map((each) => each.username)).toEqual([eve.username, ada.username]);
    expect(await listMemberships(ada, deps)).toMatchObject([{ role: "administrator" }]);
    expect(await deps.accounts.listProducts(username)).toEqual([]);
    expect(await deps.accounts.listProducts(bob.username)).toHaveLength(1);
    expect(await deps.accounts.findToken("t")).toBeUndefined();
    // Both names are free for other products where they belong.
    const named = productInput.parse({ name: "Thermostat" });
    await expect(addProduct(named, bob, deps)).rejects.toMatchObject({ code: "already_exists" });
    expect(await addProduct(named, ada, deps)).toMatchObject({ owner: username });
    expect(await accept(id)).toMatchObject({ owner: bob.username });
  });

  it("leaves the former owner without the rights to delete or transfer the product", async () => {
    const { offer, accept, deps, first } = await world();
    const token = { ...ada, hash: "x", client: "c", createdAt: "" };
    const tokenCache = cacheOf(token);
    const caller = authenticateCaller({ ...deps, tokenCache });
    const ask = (access: "products:remove" | "products:transfer" | "products:update") =>
      caller({ token: "t", product: String(first.id), access });
    const { id } = await offer();
    expect(await ask("products:transfer")).toMatchObject({ role: "owner" });
    await accept(id);
    await expect(ask("products:transfer")).rejects.toMatchObject({ code: "unauthorized" });
    await expect(ask("products:remove")).rejects.toMatchObject({ code: "unauthorized" });
    expect(await ask("products:update")).toMatchObject({ role: "administrator" });
    const late = { at: "now", by: username };
    await expect(deps.productStore.beginRemoval(first, late)).rejects.toMatchObject(notFound);
  });

  it("is rejected when the recipient owns the maximum number of products", async () => {
    const { offer, accept, roles, deps } = await world();
    const { id } = await offer();
    for (let i = 0; i < productsPerUserMax; i += 1) {
      await addProduct(productInput.parse({ name: `p${i}` }), bob, deps);
    }
    await expect(accept(id)).rejects.toMatchObject({ code: "limit_reached" });
    await expect(offer()).rejects.toMatchObject({ code: "limit_reached" });
    expect(await roles()).toEqual(before);
  });

  it("is refused while the recipient has a product of the same name", async () => {
    const { offer, accept, roles, deps, product } = await world();
    const { id } = await offer();
    await addProduct(productInput.parse({ name: "THERMOSTAT" }), bob, deps);
    await expect(accept(id)).rejects.toMatchObject({ code: "already_exists" });
    expect(await roles()).toEqual(before);
    await changeProduct({ name: "Other" }, { product: await product(), by: ada }, deps);
    expect(await accept(id)).toMatchObject({ name: "Other", owner: bob.username });
  });

  it("can be followed by further transfers, and the log keeps the latest owners", async () => {
    const { offer, accept, product } = await world();
    const people = [ada, bob];
    for (let turn = 0; turn <= formerOwnersMax; turn += 1) {
      const [from = ada, to = bob] = turn % 2 === 0 ? people : people.toReversed();
      await accept((await offer(to, from)).id, to);
      expect((await product()).owner).toBe(to.username);
    }
    expect((await product()).formerOwners).toHaveLength(formerOwnersMax);
  });
});

describe("a transfer that is concurrent with", () => {
  /**
   * In every order of their writes to the rows of the product and the team. Returns whether each
   * succeeded.
   */
  const race = (
    other: (it: Awaited<ReturnType<typeof world>>, own: object, id: string) => Promise<unknown>,
    check: (it: Awaited<ReturnType<typeof world>>, succeeded: boolean[]) => Promise<void>,
  ) =>
    everyOrder(async (choose) => {
      const it = await world();
      const { id } = await it.offer();
      const turns = takeTurns();
      const own = (worker: string) => ({
        productStore: turns.wrap(worker, it.deps.productStore),
        teams: turns.wrap(worker, it.deps.teams),
      });
      const outcomes = Promise.allSettled([it.accept(id, bob, own("a")), other(it, own("b"), id)]);
      await turns.run(choose);
      await check(
        it,
        (await outcomes).map(({ status }) => status === "fulfilled"),
      );
    });

  it("its withdrawal: one of the two succeeds", async () => {
    const orders = await race(
      async ({ deps, product }, own) =>
        withdrawOffer({ product: await product(), by: ada }, { ...deps, ...own }),
      async ({ roles, product, deps, first }, [isAccepted, isWithdrawn]) => {
        expect([isAccepted, isWithdrawn].filter(Boolean)).toHaveLength(1);
        expect((await product()).offer).toBeUndefined();
        expect(await roles()).toEqual(isAccepted ? after : before);
        const fleets = (await deps.teams.find(first.id))?.members.map((each) => each.fleet);
        expect(fleets).toEqual([
          ...(isAccepted ? [] : [bob.fleet]),
          eve.fleet,
          ...(isAccepted ? [ada.fleet] : []),
        ]);
      },
    );
    expect(orders).toBeGreaterThan(20);
  });

  it("its acceptance by the same member: both succeed, or one must be repeated", async () => {
    await race(
      ({ accept }, own, id) => accept(id, bob, own),
      async ({ roles }, outcomes) => {
        expect(outcomes).toContain(true);
        expect(await roles()).toEqual(after);
      },
    );
  });

  it("the removal of the member: a removed member becomes no owner afterwards", async () => {
    await race(
      async ({ deps, product }, own) =>
        removeMember(bob.username, { product: await product(), by: ada }, { ...deps, ...own }),
      async ({ roles, product, accept }, [isAccepted]) => {
        const [first, second] = await roles();
        expect(first).toBe(isAccepted ? "administrator" : "owner");
        if (isAccepted) expect(second).toBe("owner");
        else expect((await product()).offer).toBeUndefined();
        if (!isAccepted) await expect(accept("100000001-id997")).rejects.toThrow();
      },
    );
  });

  it("the removal of the product: the product is removed, or has the new owner", async () => {
    await race(
      async ({ deps, first }, own) =>
        ({ ...deps, ...own }).productStore.beginRemoval(first, { at: "now", by: username }),
      async ({ deps, first }, [isAccepted, isRemoved]) => {
        expect(isAccepted).toBe(!isRemoved);
        const found = await deps.accounts.findProduct(first.id, { removed: true });
        expect(found?.owner).toBe(isAccepted ? bob.username : username);
        expect(found?.removal !== undefined).toBe(isRemoved);
      },
    );
  });

  it("a new name of the product: the name is reserved for its current owner", async () => {
    await race(
      async ({ deps, product }, own) =>
        changeProduct(
          { name: "Other" },
          { product: await product(), by: ada },
          { ...deps, ...own },
        ),
      async ({ deps, product, first }, [isAccepted]) => {
        const { owner, name } = await product();
        expect(owner === bob.username).toBe(isAccepted);
        const ownerFleet = isAccepted ? bob.fleet : ada.fleet;
        const wanted = { ownerFleet, key: name.toLowerCase(), product: 9, at: 0 };
        expect(await deps.names.reserve(wanted)).toMatchObject({ product: first.id });
      },
    );
  });
});

describe("an acceptance that is interrupted at any step", () => {
  /** Runs `other` completely before each call of a port in turn. */
  const interrupt = async (
    other: (it: Awaited<ReturnType<typeof world>>) => Promise<unknown>,
    check: (it: Awaited<ReturnType<typeof world>>, outcome: string) => Promise<void>,
  ): Promise<void> => {
    for (let step = 0; ; step += 1) {
      const it = await world();
      const { id } = await it.offer();
      let calls = 0;
      const wrap = <Port extends object>(port: Port): Port =>
        new Proxy(port, {
          get(target, name, receiver) {
            const member: unknown = Reflect.get(target, name, receiver);
            if (typeof member !== "function") return member;
            return async (...input: unknown[]) => {
              calls += 1;
              if (calls === step + 1) await other(it);
              return Reflect.apply(member, target, input);
            };
          },
        });
      const { productStore, teams, hints, names, accounts } = it.deps;
      const own = {
        productStore: wrap(productStore),
        teams: wrap(teams),
        hints: wrap(hints),
        names: wrap(names),
        accounts: wrap(accounts),
      };
      const outcome = await it.accept(id, bob, own).then(
        () => "accepted",
        ({ code }) => code,
      );
      if (calls <= step) break;
      await check(it, outcome);
      expect(step).toBeLessThan(60);
    }
  };

  it("by a transfer to another member leaves the former owner with the role that the new owner gave", async () => {
    for (const isRemoved of [false, true]) {
      const other = async ({ deps, product, offer, accept }: Awaited<ReturnType<typeof world>>) => {
        const now = await product();
        if (now.owner !== username || now.offer === undefined) return;
        await withdrawOffer({ product: now, by: ada }, deps);
        const given = await accept((await offer(eve)).id, eve);
        if (isRemoved) await removeMember(username, { product: given, by: eve }, deps);
      };
      await interrupt(other, async ({ roles, deps }, outcome) => {
        if (outcome === "accepted") return expect(await roles()).toEqual(after);
        const role = isRemoved ? undefined : "administrator";
        expect(await roles()).toEqual([role, "developer", "owner"]);
        expect(await listMemberships(ada, deps)).toHaveLength(isRemoved ? 0 : 1);
      });
    }
  });

  it("by a later offer to the same person leaves that transfer complete", async () => {
    const other = async ({ deps, product, offer, accept }: Awaited<ReturnType<typeof world>>) => {
      const now = await product();
      if (now.owner !== username || now.offer === undefined) return;
      await withdrawOffer({ product: now, by: ada }, deps);
      await accept((await offer()).id);
    };
    await interrupt(other, async ({ roles, deps, first }) => {
      expect(await roles()).toEqual(after);
      expect(await listMemberships(ada, deps)).toHaveLength(1);
      const wanted = { ownerFleet: bob.fleet, key: "thermostat", product: 9, at: 0 };
      expect(await deps.names.reserve(wanted)).toMatchObject({ product: first.id });
    });
  });
});

describe("a transfer whose worker crashes", () => {
  it("at any step is completed by a repeat, or has no effect", async () => {
    for (let calls = 0; ; calls += 1) {
      const { deps, offer, accept, roles, product } = await world();
      const { id } = await offer();
      const turns = takeTurns();
      const own = Object.fromEntries(
        Object.entries(deps).map(([name, port]) => [
          name,
          typeof port === "object" ? turns.wrap("a", port) : port,
        ]),
      );
      let done = 0;
      let isFinished = false;
      accept(id, bob, own).then(
        () => {
          isFinished = true;
        },
        () => {},
      );
      await turns.run(
        () => 0,
        () => {
          done += 1;
          if (done > calls) turns.kill("a");
        },
      );
      const isTransferred = (await product()).owner === bob.username;
      expect((await roles()).slice(0, 2)).toEqual((isTransferred ? after : before).slice(0, 2));
      const { members } = await listTeam(await product(), deps);
      expect(members.map((each) => each.username)).not.toContain((await product()).owner);
      await accept(id);
      expect(await roles()).toEqual(after);
      expect((await deps.teams.find((await product()).id))?.members).toHaveLength(2);
      if (isFinished) break;
      expect(calls).toBeLessThan(40);
    }
  });

  it("before its end releases the name for the former owner after a while", async () => {
    const { deps, offer, accept, clock } = await world();
    const names = {
      ...deps.names,
      release: async () => {
        throw new Error("killed");
      },
    };
    await expect(accept((await offer()).id, bob, { names })).rejects.toThrow("killed");
    clock.ms += productNameReservationMs;
    const again = productInput.parse({ name: "Thermostat" });
    expect(await addProduct(again, ada, deps)).toMatchObject({ owner: username });
  });

  it("never makes a removed account the owner of a product", async () => {
    const { deps, offer, accept, product } = await world();
    const { id } = await offer();
    const productStore = {
      ...deps.productStore,
      changeOwner: async (...given: Parameters<typeof deps.productStore.changeOwner>) => {
        if (given[1] === bob.username)
          await deps.accounts.changeUser(bob.username, { removed: true });
        return deps.productStore.changeOwner(...given);
      },
    };
    await expect(accept(id, bob, { productStore })).rejects.toMatchObject(notFound);
    expect((await product()).owner).toBe(username);
    const { members } = await listTeam(await product(), deps);
    expect(members.map((each) => each.fleet)).not.toContain(ada.fleet);
  });

  it("blocks the removal of the new owner's account, and not of the former owner's", async () => {
    const { deps, offer, accept, roles, product } = await world();
    await accept((await offer()).id);
    // It finds no product at first: the transfer happens in between.
    let reads = 0;
    const listProducts = async (owner: string) => {
      reads += 1;
      return reads === 1 ? [] : deps.accounts.listProducts(owner);
    };
    const accounts = { ...deps.accounts, listProducts };
    const refused = removeUser(bob.username, { ...deps, accounts });
    await expect(refused).rejects.toMatchObject({ code: "needs_confirmation" });
    expect(reads).toBe(2);
    expect((await deps.accounts.findUserOrRemoved(bob.username))?.disabled).toBe(false);
    await removeUser(username, deps);
    expect(await roles()).toEqual([undefined, "owner", "developer"]);
    expect((await product()).owner).toBe(bob.username);
  });
});
