import * as z from "zod";
import { Failure } from "../failure.ts";
import { wholeNumber } from "../input/wholeNumber.ts";
import { productDescriptionCharsMax, productNameCharsMax, productsPerUserMax } from "../limits.ts";
import type { Accounts } from "../ports.ts";
import { newProductFleet, newProductId, type Product } from "./product.ts";

const fields = z.object({
  name: z.string().trim().min(1).max(productNameCharsMax),
  /** particle-cli sends them: there are none here. */
  settings: z.unknown().optional(),
  description: z.string().max(productDescriptionCharsMax).default(""),
  platform_id: wholeNumber(0, 65_535).default(0),
});

/** A new product, as particle-cli sends it, in `product`, or flat. */
export const productInput = z.union([
  z.object({ product: fields }).transform(({ product }) => product),
  fields,
]);

/** Makes a product with a fleet of its own. Fails with `limit_reached`; products that are made at once may pass it. */
export const addProduct = async (
  { name, description, platform_id: platformId }: z.output<typeof productInput>,
  owner: string,
  { accounts, now }: { accounts: Accounts; now: () => number },
): Promise<Product> => {
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
  await accounts.addProduct(product);
  return product;
};
