import type { Product, ProductContent } from "#shared/account/product/product.ts";
import type {
  ProductName,
  ProductNames,
  ProductStore,
} from "#shared/account/product/productStore.ts";
import { Failure } from "#shared/platform/failure.ts";

/** Rows of products in memory, which `memoryAccounts` may share. */
export const memoryProductStore = (products: Map<number, Product>): ProductStore => ({
  async change(id, change, before) {
    const product = products.get(id);
    if (product === undefined || !hasContent(product, before) || product.removal !== undefined)
      return false;
    products.set(id, { ...product, ...change });
    return true;
  },
  async beginRemoval({ id, ...before }, removal) {
    const product = products.get(id);
    if (product === undefined || !hasContent(product, before)) {
      throw new Failure("Product not found", { code: "not_found" });
    }
    products.set(id, { removal, ...product });
  },
  async endRemoval(id) {
    const product = products.get(id);
    if (product?.removal === undefined) return;
    products.set(id, { ...product, removal: { ...product.removal, done: true } });
  },
  async putOffer(before, offer) {
    const product = products.get(before.id);
    if (product?.owner !== before.owner || product.removal !== undefined) return false;
    if (product.offer?.id !== before.offer?.id) return false;
    products.set(before.id, { ...product, offer });
    return true;
  },
  async endOffer(id, offer) {
    const product = products.get(id);
    if (product?.offer?.id !== offer) return false;
    const { offer: _, ...rest } = product;
    products.set(id, rest);
    return true;
  },
  async changeOwner(before, owner, formerOwners) {
    const product = products.get(before.id);
    const isSame = product?.owner === before.owner && product.name === before.name;
    if (!isSame || product.removal !== undefined) return false;
    if (product.offer?.id !== before.offer?.id) return false;
    const { offer: _, ...rest } = product;
    products.set(before.id, { ...rest, owner, formerOwners: [...formerOwners] });
    return true;
  },
});

const hasContent = (product: Product, before: Partial<ProductContent>): boolean =>
  (["name", "description", "platformId", "owner"] as const).every(
    (field) => before[field] === undefined || before[field] === product[field],
  );

/** Names of products in memory. */
export const memoryProductNames = (): ProductNames => {
  const names = new Map<string, ProductName>();
  const keyOf = ({ ownerFleet, key }: Pick<ProductName, "ownerFleet" | "key">) =>
    `${ownerFleet} ${key}`;
  return {
    async reserve(name, instead) {
      const holder = names.get(keyOf(name));
      const hasOwnMessage = instead
        ? holder?.product === instead.product && holder.at === instead.at
        : holder === undefined || holder.product === name.product;
      if (!hasOwnMessage) return holder ?? { ...name, product: 0 };
      names.set(keyOf(name), name);
      return undefined;
    },
    async release(name) {
      if (names.get(keyOf(name))?.product === name.product) names.delete(keyOf(name));
    },
  };
};
