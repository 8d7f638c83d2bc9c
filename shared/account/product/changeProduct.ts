import * as z from "zod/mini";
import { Failure } from "../../platform/failure.ts";
import { type ExpectedVersions, requireVersion, staleVersion } from "../../platform/version.ts";
import type { Accounts } from "../accounts.ts";
import { requireCurrentRight } from "../team/changeTeam.ts";
import type { Person, Teams } from "../team/team.ts";
import { productFields } from "./addProduct.ts";
import { type Product, productNameKey, productVersion } from "./product.ts";
import type { ProductNames, ProductStore } from "./productStore.ts";
import { reserveProductName } from "./reserveProductName.ts";

/**
 * A change of a product. Fields that are not given keep their value; defaults apply only to new
 * products.
 */
export const productChange = z.partial(z.object(productFields)).check(
  z.refine((given) => Object.values(given).some((value) => value !== undefined), {
    error: "give at least one of name, description and platform_id",
  }),
);

interface Deps {
  readonly accounts: Accounts;
  readonly productStore: Pick<ProductStore, "change">;
  readonly names: ProductNames;
  readonly teams: Teams;
  readonly now: () => number;
}

/**
 * Changes the name, description or platform of a product. After a crash at any point, the product
 * has either the old or the new name. Fails with `already_exists` if the owner has another product
 * with that name, `unauthorized`, `precondition_failed`, `conflict`.
 */
export const changeProduct = async (
  input: z.output<typeof productChange>,
  { product, by, expected }: { product: Product; by: Person; expected?: ExpectedVersions },
  deps: Deps,
): Promise<Product> => {
  const { accounts, productStore, names } = deps;
  requireVersion(expected, productVersion(product));
  const change = {
    ...(input.name !== undefined && { name: input.name }),
    ...(input.description !== undefined && { description: input.description }),
    ...(input.platform_id !== undefined && { platformId: input.platform_id }),
  };
  const after = { ...product, ...change };
  const owner = await accounts.findUserByAnyName(product.owner);
  if (owner === undefined) throw new Failure("Product not found", { code: "not_found" });
  const isRenamed = productNameKey(after.name) !== productNameKey(product.name);
  const reserved = isRenamed ? await reserveProductName(after, owner.fleet, deps) : undefined;
  await requireCurrentRight("products:update", { product, by }, deps);
  // Without an expected version, requests that change different fields do not undo each other.
  const { name, owner: ownerName } = product;
  const before = expected === undefined ? { name, owner: ownerName } : product;
  if (!(await productStore.change(product.id, change, before))) {
    if (reserved) await names.release(reserved);
    if (expected !== undefined) throw staleVersion();
    throw new Failure("the product was changed by another request, try again", {
      code: "conflict",
    });
  }
  if (reserved) await names.release({ ...reserved, key: productNameKey(product.name) });
  return after;
};
