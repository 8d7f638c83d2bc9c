import { describe, expect, it } from "vitest";
import type { Accounts } from "#shared/account/accounts.ts";
import type { Product } from "#shared/account/product/product.ts";
import type { ProductNames, ProductStore } from "#shared/account/product/productStore.ts";

const product: Product = {
  id: 100_000_001,
  name: "Lamp",
  description: "",
  platformId: 0,
  owner: "ada",
  fleet: "p1",
  createdAt: "2025",
};
const offer = {
  id: "o1",
  to: "bob",
  toFleet: "f2",
  by: "ada",
  createdAt: "2026",
  expiresAt: 5_000_000_000_000,
};
const removal = { at: "2026", by: "ada" };

/** Contract of every implementation of `ProductStore`. */
export const productStoreContract = (
  open: () => Promise<{ accounts: Accounts; rows: ProductStore }>,
): void => {
  describe("rows of products", () => {
    it("change only the given fields, unless the name has changed", async () => {
      const { accounts, rows } = await open();
      await accounts.addProduct(product);
      expect(await rows.change(product.id, { name: "Light", platformId: 3 }, product)).toBe(true);
      const changed = { ...product, name: "Light", platformId: 3 };
      expect(await accounts.findProduct(product.id)).toEqual(changed);
      expect(await rows.change(product.id, { description: "x" }, product)).toBe(false);
      expect(await rows.change(product.id + 1, { description: "x" }, product)).toBe(false);
      expect(await accounts.findProduct(product.id, { removed: true })).toEqual(changed);
    });

    it.each([{ description: "other" }, { platformId: 4 }])(
      "are neither changed nor removed if another given field differs: %o",
      async (other) => {
        const { accounts, rows } = await open();
        await accounts.addProduct(product);
        const stale = { ...product, ...other };
        expect(await rows.change(product.id, { name: "x" }, stale)).toBe(false);
        await expect(rows.beginRemoval(stale, removal)).rejects.toMatchObject({
          code: "not_found",
        });
        expect(await accounts.findProduct(product.id)).toEqual(product);
        const { name, owner } = product;
        expect(await rows.change(product.id, other, { name, owner })).toBe(true);
        await rows.beginRemoval(stale, removal);
        expect(await accounts.findProduct(product.id)).toBeUndefined();
      },
    );

    it("are hidden since the first removal, whose time is kept", async () => {
      const { accounts, rows } = await open();
      await accounts.addProduct(product);
      await rows.beginRemoval(product, removal);
      await rows.beginRemoval(product, { at: "2027", by: "eve" });
      expect(await accounts.findProduct(product.id)).toBeUndefined();
      expect(await accounts.listProducts("ada")).toEqual([]);
      expect(await accounts.findProduct(product.id, { removed: true })).toEqual({
        ...product,
        removal,
      });
      expect(await rows.change(product.id, { name: "x" }, product)).toBe(false);
      await rows.endRemoval(product.id, 5_000_000_000_000);
      expect(await accounts.findProduct(product.id, { removed: true })).toMatchObject({
        removal: { ...removal, done: true },
      });
      expect(await accounts.listProducts("ada")).toEqual([]);
    });

    it("have one open offer, which exactly one of several concurrent replies ends", async () => {
      const { accounts, rows } = await open();
      await accounts.addProduct(product);
      const offers = await Promise.all([
        rows.putOffer(product, offer),
        rows.putOffer(product, { ...offer, id: "o2" }),
      ]);
      expect(offers.toSorted()).toEqual([false, true]);
      const offered = await accounts.findProduct(product.id);
      const id = offered?.offer?.id ?? "";
      expect(await rows.putOffer({ ...product, ...offered }, { ...offer, id: "o3" })).toBe(true);
      expect(await rows.endOffer(product.id, id)).toBe(false);
      const answers = await Promise.all(["o3", "o3"].map((one) => rows.endOffer(product.id, one)));
      expect(answers.toSorted()).toEqual([false, true]);
      expect(await accounts.findProduct(product.id)).toEqual(product);
      expect(await rows.putOffer({ ...product, owner: "bob" }, offer)).toBe(false);
    });

    it("change their owner by the offer, unless the row has changed", async () => {
      const { accounts, rows } = await open();
      await accounts.addProduct(product);
      await rows.putOffer(product, offer);
      const offered = { ...product, offer };
      const former = [{ username: "ada", fleet: "f1", until: "2026", offer: "o1" }];
      for (const other of [
        { owner: "eve" },
        { name: "x" },
        { offer: { ...offer, id: "x" } },
        { offer: undefined },
      ]) {
        expect(await rows.changeOwner({ ...offered, ...other }, "bob", former)).toBe(false);
      }
      expect(await rows.changeOwner(offered, "bob", former)).toBe(true);
      expect(await rows.changeOwner(offered, "eve", former)).toBe(false);
      const given = { ...product, owner: "bob", formerOwners: former };
      expect(await accounts.findProduct(product.id)).toEqual(given);
      expect(await accounts.listProducts("ada")).toEqual([]);
      expect(await accounts.listProducts("bob")).toEqual([given]);
      const late = rows.beginRemoval(product, removal);
      await expect(late).rejects.toMatchObject({ code: "not_found" });
      expect(await rows.change(product.id, { name: "x" }, product)).toBe(false);
      await rows.beginRemoval(given, removal);
      expect(await rows.putOffer(given, offer)).toBe(false);
      expect(await rows.changeOwner(given, "ada", former)).toBe(false);
    });

    it("are not removed if they do not exist", async () => {
      const { accounts, rows } = await open();
      const removing = rows.beginRemoval(product, removal);
      await expect(removing).rejects.toMatchObject({ code: "not_found" });
      await rows.endRemoval(product.id, 5_000_000_000_000);
      expect(await accounts.findProduct(product.id, { removed: true })).toBeUndefined();
    });
  });
};

const name = { ownerFleet: "f1", key: "lamp", product: 1, at: 1_000 };

/** Contract of every implementation of `ProductNames`. */
export const productNamesContract = (open: () => Promise<ProductNames>): void => {
  describe("names of products", () => {
    it("are reserved by exactly one of several products, which may repeat it", async () => {
      const names = await open();
      const asked = [1, 2, 3, 4].map((product) => names.reserve({ ...name, product }));
      const answers = await Promise.all(asked);
      expect(answers.filter((holder) => holder === undefined)).toHaveLength(1);
      const product = answers.indexOf(undefined) + 1;
      expect(await names.reserve({ ...name, product })).toBeUndefined();
      expect(await names.reserve({ ...name, product: 9 })).toMatchObject({ product });
      expect(await names.reserve({ ...name, ownerFleet: "f2", product: 9 })).toBeUndefined();
    });

    it("replace the reservation that was read, only once", async () => {
      const names = await open();
      await names.reserve(name);
      const [first, second] = await Promise.all(
        [2, 3].map((product) => names.reserve({ ...name, product, at: 2_000 }, name)),
      );
      expect([first, second].filter((holder) => holder === undefined)).toHaveLength(1);
    });

    it("are released only by the product that reserved them", async () => {
      const names = await open();
      await names.reserve(name);
      await names.release({ ...name, product: 2 });
      expect(await names.reserve({ ...name, product: 2 })).toEqual(name);
      await names.release(name);
      await names.release(name);
      expect(await names.reserve({ ...name, product: 2 })).toBeUndefined();
    });
  });
};
