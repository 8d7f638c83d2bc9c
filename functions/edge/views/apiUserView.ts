import type { ApiUser } from "#shared/account/oauth/apiUser.ts";
import type { ApiUserBody } from "#shared/routes/teamRoutes.ts";

/** A member of a product's team that is a program, as Particle's clients expect it. */
export const apiUserView = ({ username, friendlyName, scopes, product }: ApiUser): ApiUserBody => ({
  username,
  friendly_name: friendlyName,
  is_programmatic: true,
  scopes,
  product_id: product,
});
