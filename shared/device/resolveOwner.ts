import type { Accounts } from "../account/accounts.ts";
import type { Product } from "../account/product/product.ts";
import type { Device } from "./device.ts";

type Known = Pick<Product, "owner" | "formerOwners">;

/**
 * The name of the user who owns a device. The devices of a product's owner go to each new owner of
 * the product. A device that a user added to the product after they had owned it remains theirs.
 * `undefined` for a device without an owner.
 */
export const resolveOwner = async (
  { owner, joinedAt, createdAt }: Device,
  product: Known | undefined,
  { accounts }: { accounts: Pick<Accounts, "findUserByAnyName"> },
): Promise<string | undefined> => {
  if (owner === undefined) return undefined;
  const account = await accounts.findUserByAnyName(owner);
  const since = joinedAt ?? createdAt;
  const isTransferred = product?.formerOwners?.some(
    ({ fleet, username, until }) =>
      (fleet === account?.fleet || username === owner) && since <= until,
  );
  return isTransferred ? product?.owner : (account?.username ?? owner);
};
