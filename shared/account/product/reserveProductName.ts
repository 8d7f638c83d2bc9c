import { Failure } from "../../platform/failure.ts";
import type { Accounts } from "../accounts.ts";
import { productNameReservationMs } from "./limits.ts";
import { type Product, productNameKey } from "./product.ts";
import type { ProductName, ProductNames } from "./productStore.ts";

interface Deps {
  readonly accounts: Pick<Accounts, "findProduct" | "findUserByAnyName" | "listProducts">;
  readonly names: Pick<ProductNames, "reserve">;
  readonly now: () => number;
}

/**
 * Reserves a name for a product, unless another product of the same owner has it. A name that a
 * crashed request reserved is free again after `productNameReservationMs`. Fails with
 * `already_exists`.
 */
export const reserveProductName = async (
  { id, name, owner }: Pick<Product, "id" | "name" | "owner">,
  ownerFleet: string,
  { accounts, names, now }: Deps,
): Promise<ProductName> => {
  const key = productNameKey(name);
  // Products of earlier versions have no reservation.
  const others = await accounts.listProducts(owner);
  if (others.some((other) => other.id !== id && productNameKey(other.name) === key)) {
    throw reserved(name);
  }
  const wanted: ProductName = { ownerFleet, key, product: id, at: now() };
  const holder = await names.reserve(wanted);
  if (holder === undefined) return wanted;
  if (await isNameInUse(holder, { accounts, now })) throw reserved(name);
  if ((await names.reserve(wanted, holder)) !== undefined) throw reserved(name);
  return wanted;
};

const isNameInUse = async (
  { ownerFleet, product, key, at }: ProductName,
  { accounts, now }: Pick<Deps, "accounts" | "now">,
): Promise<boolean> => {
  if (now() < at + productNameReservationMs) return true;
  const found = await accounts.findProduct(product);
  if (found === undefined || productNameKey(found.name) !== key) return false;
  // The product may have another owner.
  return (await accounts.findUserByAnyName(found.owner))?.fleet === ownerFleet;
};

const reserved = (name: string) =>
  new Failure(`a product named ${name} already exists; names are not case-sensitive`, {
    code: "already_exists",
  });
