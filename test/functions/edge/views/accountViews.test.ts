import type Particle from "particle-api-js";
import { describe, expect, expectTypeOf, it } from "vitest";
import type { OAuthClient } from "#shared/account/oauth/oauthClient.ts";
import type { Product } from "#shared/account/product/product.ts";
import type { Token } from "#shared/account/token/token.ts";
import {
  currentTokenView,
  oauthClientView,
  tokenView,
  userView,
} from "../../../../functions/edge/views/accountView.ts";
import { productView } from "../../../../functions/edge/views/productView.ts";
import { apiUserView } from "../../../../functions/edge/views/teamView.ts";
import { someTime } from "../../../memory/samples.ts";

/** The response type of a method of Particle's client library. */
type Answer<Method extends keyof Particle> = Particle[Method] extends (
  ...given: never[]
) => Promise<{ body: infer Body }>
  ? Body
  : never;

const token: Token = {
  hash: "0123456789abcdef0123",
  username: "a@b.c",
  fleet: "f1",
  client: "particle",
  createdAt: "2025-01-01T00:00:00.000Z",
  expiresAt: someTime,
  family: "f00",
};
const product: Product = {
  id: 100_000_001,
  name: "My Lamp",
  description: "It shines",
  platformId: 13,
  owner: "a@b.c",
  fleet: "p1",
  createdAt: "",
};
const client: OAuthClient = {
  id: "app-1",
  name: "App",
  type: "installed",
  secretHash: "h4sh",
  owner: { product: 7 },
  scopes: ["devices:list", "events:get"],
  createdAt: "",
};

describe("a view", () => {
  it("of a user has the field names that clients expect", () => {
    const view = userView({ username: "a@b.c", accountInfo: { first_name: "Ada" } });
    expectTypeOf(view).toExtend<Answer<"getUserInfo">>();
    expect(view).toEqual({
      username: "a@b.c",
      tos: 0,
      account_info: { first_name: "Ada" },
      mfa: { enabled: false },
      memberships: [],
      scim_provisioned: false,
      no_password: false,
      wifi_device_count: 0,
      cellular_device_count: 0,
    });
  });

  it("of the current token has its scopes and its expiry; `null` means that it never expires", () => {
    const view = currentTokenView(token);
    expect(view).toEqual({
      expires_at: new Date(someTime).toISOString(),
      client: "particle",
      client_id: "particle",
      scopes: [],
      orgs: [],
    });
    const limited = { ...token, expiresAt: undefined, scopes: ["devices:list"] };
    expect(currentTokenView(limited)).toMatchObject({ expires_at: null, scopes: ["devices:list"] });
  });

  it("of a token in a list does not contain the token", () => {
    const view = tokenView(token);
    expect(view).toMatchObject({ token: "0123456789ab", id: "0123456789ab", client: "particle" });
    expect(JSON.stringify(view)).not.toMatch(/0123456789abc|f00/);
  });

  it("of a product has the field names that clients expect, and not its fleet", () => {
    const view = productView(product);
    expectTypeOf({ ...view, org: "" }).toExtend<Answer<"getProduct">["product"]>();
    expectTypeOf({ ...view, org: "" }).toExtend<Answer<"listProducts">["products"][number]>();
    expect(view).toEqual({
      id: 100_000_001,
      platform_id: 13,
      name: "My Lamp",
      slug: "my-lamp-100000001",
      description: "It shines",
      user: "a@b.c",
      org: null,
      role: null,
      groups: [],
      settings: {},
      device_protection: "disabled",
    });
  });

  it("of an API user has the field names that clients expect, and no token", () => {
    const view = apiUserView({
      username: "script+1@api.godwit",
      friendlyName: "Script",
      product: 7,
      scopes: ["devices:list"],
      tokenHash: "h4sh",
      createdAt: "",
    });
    expectTypeOf(view).toExtend<Answer<"listTeamMembers">[number]>();
    expect(view).toEqual({
      username: "script+1@api.godwit",
      friendly_name: "Script",
      is_programmatic: true,
      scopes: ["devices:list"],
      product_id: 7,
    });
  });

  it("of an OAuth client has the field names that clients expect, and no secret", () => {
    const view = oauthClientView(client);
    expectTypeOf(view).toExtend<Answer<"listOAuthClients">["clients"][number]>();
    expect(view).toEqual({
      id: "app-1",
      name: "App",
      type: "installed",
      product_id: 7,
      scope: "devices:list events:get",
    });
  });
});
