import type { Accounts } from "../../account/accounts.ts";
import type { Product } from "../../account/product/product.ts";
import { Failure } from "../../platform/failure.ts";
import type { MoveWithNameDeps } from "./moveWithName.ts";
import { removeFromProduct } from "./productDevices.ts";

/**
 * Removes devices from a product again if the product was removed while they were added: the
 * removal may have listed the devices before. They return to their owners, as all other devices of
 * the product. Fails with `not_found` then.
 */
export const releaseIfRemoved = async (
  ids: readonly string[],
  { id: product, fleet }: Pick<Product, "id" | "fleet">,
  deps: MoveWithNameDeps & { accounts: Pick<Accounts, "findUserByAnyName" | "findProduct"> },
): Promise<void> => {
  if ((await deps.accounts.findProduct(product)) !== undefined) return;
  for (const id of ids) {
    const device = await deps.devices.find(id);
    if (device?.fleet === fleet) await removeFromProduct(device, deps);
  }
  throw new Failure("The product was removed", { code: "not_found" });
};
