import type { Caller } from "../../account/caller/authenticateCaller.ts";

/**
 * Fleet, owner and product of a device that a caller provisions. A device that is provisioned in a product belongs to the
 * product's owner, also when a team member or a program provisions it: its removal from the product gives it back to that owner.
 */
export const ownerOfNew = ({
  username,
  fleet,
  product,
}: Pick<Caller, "username" | "fleet" | "product">) => ({
  fleet,
  owner: product?.owner ?? username,
  ...(product && { product: product.id }),
});
