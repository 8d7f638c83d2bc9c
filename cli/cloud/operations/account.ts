import type { GodwitClient } from "../../../client/client.ts";
import { bodyOf, partOf, pathPart } from "./send.ts";

/** The fields of a log-in: by password, or with a one-time password after it. */
export type LogIn =
  | { readonly grant_type: "password"; readonly username: string; readonly password: string }
  | { readonly grant_type: string; readonly mfa_token: string; readonly otp: string };

/** The public client of this command line. */
const client = { client_id: "godwit", client_secret: "godwit" };
const empty = { username: "", password: "", refresh_token: "", mfa_token: "", otp: "" };

/** Operations on the user, the token and the region. */
export const accountOperations = (api: GodwitClient) => ({
  logIn: (fields: LogIn) =>
    bodyOf(api.POST("/oauth/token", { body: { ...empty, ...client, ...fields } }), "access_token"),
  showUser: () => bodyOf(api.GET("/v1/user"), "username"),
  showToken: () => bodyOf(api.GET("/v1/access_tokens/current"), "expires_at"),
  revokeToken: () => bodyOf(api.DELETE("/v1/access_tokens/current"), "ok"),
  health: () => bodyOf(api.GET("/v1/health"), "region"),
  async productNumber(product: string): Promise<number> {
    const path = { product: pathPart(product) };
    const reply = await bodyOf(api.GET("/v1/products/{product}", { params: { path } }), "product");
    return partOf(reply.product, "id").id;
  },
});
