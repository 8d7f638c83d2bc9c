import * as z from "zod/mini";
import { wholeNumber } from "../../input/wholeNumber.ts";
import { Failure } from "../../platform/failure.ts";
import type { Accounts } from "../accounts.ts";
import type { Person } from "../team/team.ts";
import { productDescriptionCharsMax, productNameCharsMax, productsPerUserMax } from "./limits.ts";
import { newProductFleet, newProductId, type Product } from "./product.ts";
import type { ProductNames } from "./productStore.ts";
import { reserveProductName } from "./reserveProductName.ts";

/** The fields of a product that a client can set. */
export const productFields = {
  name: z.string().check(z.trim(), z.minLength(1), z.maxLength(productNameCharsMax)),
  description: z.string().check(z.maxLength(productDescriptionCharsMax)),
  platform_id: wholeNumber(0, 65_535),
};

const newProduct = z.object({
  name: productFields.name,
  /** particle-cli sends settings. They are not used. */
  settings: z.optional(z.unknown()),
  description: z._default(productFields.description, ""),
  platform_id: z._default(productFields.platform_id, 0),
});

type NewProduct = z.output<typeof newProduct>;

/** A new product, as particle-cli sends it in `product`, or as flat fields. */
export const productInput = z.union([
  z.pipe(
    z.object({ product: newProduct }),
    z.transform(({ product }: { readonly product: NewProduct }) => product),
  ),
  newProduct,
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
