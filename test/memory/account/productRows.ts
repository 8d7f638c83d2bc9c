import type { Product } from "#shared/account/product.ts";
import type { ProductName, ProductNames, ProductRows } from "#shared/account/productRows.ts";
import { Failure } from "#shared/platform/failure.ts";

/** Rows of products in memory, which `memoryAccounts` may share. */
export const memoryProductRows = (products: Map<number, Product>): ProductRows => ({
  async change(id, change, { name }) {
    const product = products.get(id);
    if (product?.name !== name || product.removal !== undefined) return false;
    products.set(id, { ...product, ...change });
    return true;
  },
  async beginRemoval(id, removal) {
    const product = products.get(id);
    if (product === undefined) throw new Failure("Product not found", { code: "not_found" });
    products.set(id, { removal, ...product });
  },
  async endRemoval(id) {
    const product = products.get(id);
    if (product?.removal === undefined) return;
    products.set(id, { ...product, removal: { ...product.removal, done: true } });
  },
});

/** Names of products in memory. */
export const memoryProductNames = (): ProductNames => {
  const names = new Map<string, ProductName>();
  const keyOf = ({ ownerFleet, key }: Pick<ProductName, "ownerFleet" | "key">) =>
    `${ownerFleet} ${key}`;
  return {
    async take(name, instead) {
      const holder = names.get(keyOf(name));
      const isOurs = instead
        ? holder?.product === instead.product && holder.at === instead.at
        : holder === undefined || holder.product === name.product;
      if (!isOurs) return holder ?? { ...name, product: 0 };
      names.set(keyOf(name), name);
      return undefined;
    },
    async giveBack(name) {
      if (names.get(keyOf(name))?.product === name.product) names.delete(keyOf(name));
    },
  };
};
