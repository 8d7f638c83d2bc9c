import type { OAuthClient } from "#shared/account/oauth/oauthClient.ts";
import { omitUndefined } from "#shared/platform/omitUndefined.ts";
import type { OAuthClientBody } from "#shared/routes/clientRoutes.ts";

/** An OAuth client in Particle's format, without its secret. */
export const oauthClientView = ({
  id,
  name,
  type,
  redirectUri,
  owner,
  scopes,
}: OAuthClient): OAuthClientBody => ({
  name,
  type,
  id,
  ...omitUndefined({ redirect_uri: redirectUri }),
  ...("product" in owner && { product_id: owner.product }),
  ...(scopes !== undefined && { scope: scopes.join(" ") }),
});
