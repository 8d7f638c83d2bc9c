import { describe, expect, it } from "vitest";
import type { Accounts } from "#shared/ports.ts";

const user = { username: "a@b.c", passwordHash: "h", fleet: "f1", createdAt: "2025" };
const token = { hash: "t1", username: "a@b.c", fleet: "f1", client: "x", createdAt: "2025" };

const product = {
  id: 100_000_001,
  name: "Thermostat",
  description: "",
  platformId: 0,
  owner: "a@b.c",
  fleet: "p1",
  createdAt: "2025",
};

/** What is true of accounts wherever they are kept. */
export const accountsContract = (open: () => Promise<Accounts>): void => {
  describe("accounts", () => {
    it("find the user that was added, and nobody else", async () => {
      const accounts = await open();
      await accounts.addUser(user, { replace: false });
      expect(await accounts.findUser("a@b.c")).toEqual(user);
      expect(await accounts.findUser("a@b.d")).toBeUndefined();
    });

    it("do not overwrite a user unless they are told to", async () => {
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

    it("find a token by its hash, with and without an end", async () => {
      const accounts = await open();
      const ending = { ...token, hash: "t2", expiresAt: 1_735_787_045_678 };
      await accounts.addToken(token);
      await accounts.addToken(ending);
      expect(await accounts.findToken("t1")).toEqual(token);
      expect(await accounts.findToken("t2")).toEqual(ending);
      expect(await accounts.findToken("t3")).toBeUndefined();
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

    it("do not take a token for a user of the same name", async () => {
      const accounts = await open();
      await accounts.addToken({ ...token, hash: "a@b.c" });
      expect(await accounts.findUser("a@b.c")).toBeUndefined();
    });
  });
};
