import type { ApiUser } from "#shared/account/oauth/apiUser.ts";
import type { ApiUserBody } from "#shared/routes/teamRoutes.ts";

/** An API user of a product, in Particle's format. */
export const apiUserView = ({ username, friendlyName, scopes, product }: ApiUser): ApiUserBody => ({
  username,
  friendly_name: friendlyName,
  is_programmatic: true,
  scopes,
  product_id: product,
});
