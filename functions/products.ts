import * as z from "zod";
import { addApiUser, apiUserInput } from "#shared/account/addApiUser.ts";
import { addProduct, productInput } from "#shared/account/addProduct.ts";
import { changeApiUser, removeApiUser } from "#shared/account/changeApiUser.ts";
import { type Caller, knowCaller } from "#shared/account/knowCaller.ts";
import { knowToken } from "#shared/account/knowToken.ts";
import type { Product } from "#shared/account/product.ts";
import { scopeList } from "#shared/account/scopeList.ts";
import { dynamoAccounts } from "#shared/aws/accounts.ts";
import { dynamoApiUsers } from "#shared/aws/apiUsers.ts";
import { env } from "#shared/env.ts";
import { Failure } from "#shared/failure.ts";
import { usernameCharsMax } from "#shared/limits.ts";
import { api, signedIn } from "./edge/api.ts";
import { apiUserView } from "./edge/apiUserView.ts";
import { openGlobals } from "./edge/globals.ts";
import { productView } from "./edge/productView.ts";
import { noContent } from "./edge/reply.ts";

const names = env.products.parse(process.env);
const globals = openGlobals(names);
const now = Date.now;
const accounts = dynamoAccounts(globals, names.ACCOUNTS_TABLE);
const known = knowToken({ accounts, now });
const needs = { accounts, apiUsers: dynamoApiUsers(globals, names.ACCOUNTS_TABLE), known, now };
const withToken = signedIn(knowCaller(needs));

const nothing = z.object({});
const member = z.object({ username: z.string().toLowerCase().max(usernameCharsMax) });

/** The product that the path names: `knowCaller` has found it. */
const productOf = ({ product }: Caller): Product => {
  if (product === undefined) throw new Failure("Product not found", { code: "not_found" });
  return product;
};

/** An API user sees the product that it is for, a user all of theirs. */
const mine = async ({ username, token }: Caller): Promise<Product[]> => {
  if (token.product === undefined) return accounts.listProducts(username);
  const product = await accounts.findProduct(token.product);
  return product ? [product] : [];
};

const create = withToken(productInput, async (input, { username }) => ({
  ok: true,
  product: productView(await addProduct(input, username, needs)),
}));

const list = withToken(nothing, async (_, caller) => ({
  products: (await mine(caller)).map(productView),
}));

export const handler = api<"products">({
  "GET /v1/orgs": withToken(nothing, async () => ({ organizations: [] })),
  "GET /v1/products": list,
  "POST /v1/products": create,
  "GET /v1/user/products": list,
  "POST /v1/user/products": create,
  "GET /v1/products/{product}": withToken(nothing, async (_, caller) => ({
    product: productView(productOf(caller)),
  })),
  "GET /v1/products/{product}/team": withToken(nothing, async (_, caller) => {
    const { id, owner } = productOf(caller);
    const programs = (await needs.apiUsers.list(id)).map(apiUserView);
    return { ok: true, team: [{ username: owner, is_programmatic: false }, ...programs] };
  }),
  "POST /v1/products/{product}/team": withToken(apiUserInput, async (input, caller) => {
    const { apiUser, token } = await addApiUser(input, productOf(caller), needs);
    return { ok: true, created: { ...apiUserView(apiUser), tokens: [{ token }] } };
  }),
  "PUT /v1/products/{product}/team/{username}": withToken(
    member.extend({ scopes: scopeList }),
    async (change, caller) => {
      const { apiUser, token } = await changeApiUser(change, productOf(caller), needs);
      return { ok: true, updated: { ...apiUserView(apiUser), tokens: [{ token }] } };
    },
  ),
  "DELETE /v1/products/{product}/team/{username}": withToken(
    member,
    async ({ username }, caller) => {
      await removeApiUser(username, productOf(caller), needs);
      return noContent;
    },
  ),
  "PUT /v1/products/{product}/team/{username}/token": withToken(
    member,
    async ({ username }, caller) => {
      const { apiUser, token } = await changeApiUser({ username }, productOf(caller), needs);
      return { ok: true, created: { ...apiUserView(apiUser), tokens: [{ token }] } };
    },
  ),
});
