import type { GodwitClient } from "../../../client/client.ts";
import { bodyOf, pathPart } from "./send.ts";

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
    bodyOf(api.POST("/oauth/token", { body: { ...empty, ...client, ...fields } })),
  showUser: () => bodyOf(api.GET("/v1/user")),
  showToken: () => bodyOf(api.GET("/v1/access_tokens/current")),
  revokeToken: () => bodyOf(api.DELETE("/v1/access_tokens/current")),
  health: () => bodyOf(api.GET("/v1/health")),
  async productNumber(product: string): Promise<number> {
    const path = { product: pathPart(product) };
    const reply = await bodyOf(api.GET("/v1/products/{product}", { params: { path } }));
    return reply.product.id;
  },
});
