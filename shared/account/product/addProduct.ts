import * as z from "zod";
import { wholeNumber } from "../../input/wholeNumber.ts";
import { Failure } from "../../platform/failure.ts";
import type { Accounts } from "../accounts.ts";
import type { Person } from "../team/team.ts";
import { productDescriptionCharsMax, productNameCharsMax, productsPerUserMax } from "./limits.ts";
import { newProductFleet, newProductId, type Product } from "./product.ts";
import type { ProductNames } from "./productStore.ts";
import { reserveProductName } from "./reserveProductName.ts";

/** The fields of a new product. */
export const productFields = z.object({
  name: z.string().trim().min(1).max(productNameCharsMax),
  /** particle-cli sends settings. They are not used. */
  settings: z.unknown().optional(),
  description: z.string().max(productDescriptionCharsMax).default(""),
  platform_id: wholeNumber(0, 65_535).default(0),
});

/** A new product, as particle-cli sends it in `product`, or as flat fields. */
export const productInput = z.union([
  z.object({ product: productFields }).transform(({ product }) => product),
  productFields,
]);

/**
 * Creates a product with a fleet. Fails with `limit_reached`, a limit that concurrent requests may
 * exceed slightly, and with `already_exists` if the owner has another product with that name.
 */
export const addProduct = async (
  { name, description, platform_id: platformId }: z.output<typeof productInput>,
  { username: owner, fleet: ownerFleet }: Person,
  deps: { accounts: Accounts; names: Pick<ProductNames, "reserve">; now: () => number },
): Promise<Product> => {
  const { accounts, now } = deps;
  const existing = await accounts.listProducts(owner);
  if (existing.length >= productsPerUserMax) {
    throw new Failure(`a user has at most ${productsPerUserMax} products`, {
      code: "limit_reached",
    });
  }
  const product: Product = {
    id: newProductId(),
    name,
    description,
    platformId,
    owner,
    fleet: newProductFleet(),
    createdAt: new Date(now()).toISOString(),
  };
  // The name first: after a crash in between, the name becomes free again after a while.
  await reserveProductName(product, ownerFleet, deps);
  await accounts.addProduct(product);
  return product;
};
