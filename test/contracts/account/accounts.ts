import { describe, expect, it } from "vitest";
import type { Accounts } from "#shared/account/accounts.ts";

const user = { username: "a@b.c", passwordHash: "h", fleet: "f1", createdAt: "2025" };
const token = { hash: "t1", username: "a@b.c", fleet: "f1", client: "x", createdAt: "2025" };

const family = {
  id: "r1",
  username: "a@b.c",
  fleet: "f1",
  client: "x",
  startedAt: 1,
  lifetimeSeconds: 60,
  current: ["h1"],
  previous: [],
  renewedAt: 1,
  tokens: ["t1"],
  version: 1,
  expiresAt: 1_735_787_045_678,
};

const product = {
  id: 100_000_001,
  name: "Thermostat",
  description: "",
  platformId: 0,
  owner: "a@b.c",
  fleet: "p1",
  createdAt: "2025",
};

/** Contract of every implementation of `Accounts`. */
export const accountsContract = (open: () => Promise<Accounts>): void => {
  describe("accounts", () => {
    it("find only the user that was added", async () => {
      const accounts = await open();
      await accounts.addUser(user, { replace: false });
      expect(await accounts.findUser("a@b.c")).toEqual(user);
      expect(await accounts.findUser("a@b.d")).toBeUndefined();
    });

    it("do not overwrite a user without `replace`", async () => {
      const accounts = await open();
      await accounts.addUser(user, { replace: false });
      const changed = { ...user, passwordHash: "other" };
      await expect(accounts.addUser(changed, { replace: false })).rejects.toMatchObject({
        code: "already_exists",
      });
      expect(await accounts.findUser("a@b.c")).toEqual(user);
      await accounts.addUser(changed, { replace: true });
      expect(await accounts.findUser("a@b.c")).toEqual(changed);
    });

    it("keep products, and list those of one user", async () => {
      const accounts = await open();
      await accounts.addProduct(product);
      await accounts.addProduct({ ...product, id: 100_000_002, owner: "c@d.e" });
      await accounts.addToken({ ...token, username: "a@b.c" });
      expect(await accounts.findProduct(product.id)).toEqual(product);
      expect(await accounts.findProduct(1)).toBeUndefined();
      expect(await accounts.listProducts("a@b.c")).toEqual([product]);
      await expect(accounts.addProduct(product)).rejects.toMatchObject({ code: "already_exists" });
    });

    it("extend a token that exists, and bring none back", async () => {
      const accounts = await open();
      const session = { until: 1_735_900_000_000, generation: "g", operator: true };
      await accounts.addToken({ ...token, expiresAt: 1_735_787_045_678, session });
      expect(await accounts.extendToken("t1", 1_735_787_999_000)).toBe(true);
      const extended = { ...token, expiresAt: 1_735_787_999_000, session };
      expect(await accounts.findToken("t1")).toEqual(extended);
      await accounts.removeToken("t1");
      expect(await accounts.extendToken("t1", 1_735_788_000_000)).toBe(false);
      expect(await accounts.findToken("t1")).toBeUndefined();
    });

    it("distinguish a token from a user of the same name", async () => {
      const accounts = await open();
      await accounts.addToken({ ...token, hash: "a@b.c" });
      expect(await accounts.findUser("a@b.c")).toBeUndefined();
    });
  });

  describe("a change of an account", () => {
    it("change only the given fields of an existing user", async () => {
      const accounts = await open();
      await accounts.addUser(user, { replace: false });
      await accounts.changeUser("a@b.c", { accountInfo: { first_name: "Ada" } });
      await accounts.changeUser("a@b.c", { passwordHash: "new" });
      await accounts.changeUser("a@b.c", {});
      const changed = { ...user, passwordHash: "new", accountInfo: { first_name: "Ada" } };
      expect(await accounts.findUser("a@b.c")).toEqual(changed);
      await expect(accounts.changeUser("c@d.e", { passwordHash: "x" })).rejects.toMatchObject({
        code: "not_found",
      });
      expect(await accounts.findUser("c@d.e")).toBeUndefined();
    });

    it("reject a disabled or removed user by any name, and reserve a removed name", async () => {
      const accounts = await open();
      await accounts.addUser(user, { replace: false });
      const isShutOut = async (name: string) => {
        const user = await accounts.findUserOrRemoved(name);
        return user?.disabled === true || user?.removed === true;
      };
      expect(await isShutOut("a@b.c")).toBe(false);
      expect(await accounts.findUserOrRemoved("nobody")).toBeUndefined();
      await accounts.changeUser("a@b.c", { disabled: true });
      expect(await isShutOut("a@b.c")).toBe(true);
      await accounts.renameUser(user, "new");
      expect([await isShutOut("a@b.c"), await isShutOut("new")]).toEqual([true, true]);
      await accounts.changeUser("new", { disabled: false });
      expect(await isShutOut("a@b.c")).toBe(false);
      await accounts.changeUser("new", { removed: true });
      expect(await isShutOut("a@b.c")).toBe(true);
      expect(await accounts.findUser("new")).toBeUndefined();
      expect(await accounts.findUserByAnyName("a@b.c")).toBeUndefined();
      const again = { ...user, username: "new", fleet: "f2" };
      await expect(accounts.addUser(again, { replace: false })).rejects.toMatchObject({
        code: "already_exists",
      });
      await accounts.addUser(again, { replace: true });
      expect(await accounts.findUser("new")).toEqual(again);
    });

    it("rename a user with their items, and reserve the former name for them", async () => {
      const accounts = await open();
      const taken = { code: "already_exists" };
      await accounts.addUser(user, { replace: false });
      await accounts.addUser({ ...user, username: "other", fleet: "f2" }, { replace: false });
      await accounts.addToken(token);
      await accounts.addFamily(family);
      await accounts.addProduct(product);
      await expect(accounts.renameUser(user, "other")).rejects.toMatchObject(taken);
      expect(await accounts.findUser("a@b.c")).toEqual(user);

      await accounts.renameUser(user, "new");
      expect(await accounts.findUser("new")).toEqual({ ...user, username: "new" });
      expect(await accounts.findUser("a@b.c")).toBeUndefined();
      expect(await accounts.findUserByAnyName("a@b.c")).toEqual({ ...user, username: "new" });
      expect(await accounts.findUserByAnyName("new")).toEqual({ ...user, username: "new" });
      expect(await accounts.findUserByAnyName("nobody")).toBeUndefined();
      expect(await accounts.findToken("t1")).toMatchObject({ username: "new" });
      expect(await accounts.listTokens("new")).toHaveLength(1);
      expect(await accounts.listTokens("a@b.c")).toEqual([]);
      expect(await accounts.listProducts("new")).toEqual([{ ...product, owner: "new" }]);
      expect(await accounts.findFamily("r1")).toEqual({ ...family, username: "new" });
      await expect(accounts.changeUser("a@b.c", { passwordHash: "x" })).rejects.toMatchObject({
        code: "conflict",
      });
      expect(await accounts.findUserByAnyName("a@b.c")).toEqual({ ...user, username: "new" });
      // A renewal that began before does not bring the former name back.
      expect(await accounts.replaceFamily({ ...family, version: 2 })).toBe(false);

      const squatter = { ...user, fleet: "f3" };
      for (const replace of [false, true]) {
        await expect(accounts.addUser(squatter, { replace })).rejects.toMatchObject(taken);
      }
      await accounts.renameUser({ ...user, username: "new" }, "newer");
      expect(await accounts.findUserByAnyName("a@b.c")).toEqual({ ...user, username: "newer" });
      await accounts.renameUser({ ...user, username: "newer" }, "a@b.c");
      expect(await accounts.findUserByAnyName("new")).toEqual(user);
      expect(await accounts.findUser("a@b.c")).toEqual(user);
      expect(await accounts.findUser("new")).toBeUndefined();
    });

    it("change a user only if the verified password is still current, if one is given", async () => {
      const accounts = await open();
      await accounts.addUser(user, { replace: false });
      await accounts.changeUser("a@b.c", { passwordHash: "new", tokenGeneration: "g1" }, user);
      const late = accounts.changeUser("a@b.c", { passwordHash: "other" }, user);
      await expect(late).rejects.toMatchObject({ code: "conflict" });
      const changed = { ...user, passwordHash: "new", tokenGeneration: "g1" };
      expect(await accounts.findUser("a@b.c")).toEqual(changed);
    });

    it("keep a change at the time of a rename, or refuse it", async () => {
      const accounts = await open();
      await accounts.addUser(user, { replace: false });
      // `user` was read before this change.
      await accounts.changeUser("a@b.c", { passwordHash: "changed" });
      await accounts.renameUser(user, "new");
      expect(await accounts.findUser("new")).toMatchObject({ passwordHash: "changed" });
    });

    it("complete a repeated rename, and reject one to another name", async () => {
      const accounts = await open();
      await accounts.addUser(user, { replace: false });
      await accounts.renameUser(user, "new");
      await accounts.changeUser("new", { passwordHash: "changed" });
      await accounts.addToken(token);
      await accounts.renameUser(user, "new");
      expect(await accounts.findUser("new")).toMatchObject({ passwordHash: "changed" });
      expect(await accounts.findToken("t1")).toMatchObject({ username: "new" });
      const conflict = { code: "conflict" };
      await expect(accounts.renameUser(user, "second")).rejects.toMatchObject(conflict);
      await expect(accounts.renameUser({ ...user, fleet: "f9" }, "third")).rejects.toMatchObject(
        conflict,
      );
      expect(await accounts.findUser("second")).toBeUndefined();
    });

    it("give a user one of two concurrently requested names", async () => {
      const accounts = await open();
      await accounts.addUser(user, { replace: false });
      const asked = await Promise.allSettled(
        ["one", "two"].map((name) => accounts.renameUser(user, name)),
      );
      expect(asked.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
      const found = await Promise.all([accounts.findUser("one"), accounts.findUser("two")]);
      expect(found.filter((each) => each !== undefined)).toHaveLength(1);
      expect(await accounts.findUserByAnyName("a@b.c")).toEqual(
        found.find((each) => each !== undefined),
      );
    });
  });

  describe("the tokens of an account", () => {
    it("find a token by its hash, with and without an end", async () => {
      const accounts = await open();
      const ending = { ...token, hash: "t2", expiresAt: 1_735_787_045_678 };
      await accounts.addToken(token);
      await accounts.addToken(ending);
      expect(await accounts.findToken("t1")).toEqual(token);
      expect(await accounts.findToken("t2")).toEqual(ending);
      expect(await accounts.findToken("t3")).toBeUndefined();
    });

    it("remove a token with its family, and return whether it existed", async () => {
      const accounts = await open();
      await accounts.addFamily(family);
      await accounts.addToken({ ...token, family: "r1" });
      await accounts.addToken({ ...token, hash: "t2", family: "r1" });
      expect(await accounts.removeToken("t2", { keepFamily: true })).toBe(true);
      expect(await accounts.findFamily("r1")).toEqual(family);
      expect(await accounts.removeToken("t1")).toBe(true);
      expect(await accounts.removeToken("t1")).toBe(false);
      expect(await accounts.findToken("t1")).toBeUndefined();
      expect(await accounts.findFamily("r1")).toBeUndefined();
    });

    it("remove only the tokens of a user, of a client, or of a family", async () => {
      const accounts = await open();
      await accounts.addToken(token);
      await accounts.addToken({ ...token, hash: "t2", client: "y" });
      await accounts.addToken({ ...token, hash: "t3", username: "c@d.e", family: "r1" });
      await accounts.addToken({ ...token, hash: "t4", family: "r1" });
      await accounts.addFamily(family);
      await accounts.addFamily({ ...family, id: "r2", client: "y" });
      await accounts.removeTokens("a@b.c", { client: "y" });
      await accounts.removeTokens("a@b.c", { family: "r1" });
      expect(await accounts.listTokens("a@b.c")).toEqual([token]);
      expect(await accounts.findFamily("r1")).toEqual(family);
      expect(await accounts.findFamily("r2")).toBeUndefined();
      await accounts.removeTokens("a@b.c");
      expect(await accounts.listTokens("a@b.c")).toEqual([]);
      expect(await accounts.findToken("t1")).toBeUndefined();
      expect(await accounts.findFamily("r1")).toBeUndefined();
      expect(await accounts.findToken("t3")).toBeDefined();
    });

    it("replace a token family by its next version in one of several concurrent writes", async () => {
      const accounts = await open();
      await accounts.addFamily(family);
      const next = { ...family, version: 2, current: ["h2"], previous: ["h1"] };
      const asked = Array.from({ length: 10 }, () => accounts.replaceFamily(next));
      expect((await Promise.all(asked)).filter(Boolean)).toHaveLength(1);
      expect(await accounts.findFamily("r1")).toEqual(next);
      expect(await accounts.replaceFamily({ ...family, id: "gone", version: 2 })).toBe(false);
      expect(await accounts.findFamily("gone")).toBeUndefined();
    });
  });
};
