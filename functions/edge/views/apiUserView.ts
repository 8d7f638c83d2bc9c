import type { ApiUser } from "#shared/account/apiUser.ts";

/** A member of a product's team that is a program, as Particle's clients expect it. */
export const apiUserView = ({ username, friendlyName, scopes, product }: ApiUser) => ({
  username,
  friendly_name: friendlyName,
  is_programmatic: true,
  scopes,
  product_id: product,
});
