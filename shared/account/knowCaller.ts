import type { Access } from "../api/scopes.ts";
import { Failure } from "../failure.ts";
import { productsCachedMax, tokenFreshMs } from "../limits.ts";
import type { Accounts } from "../ports.ts";
import { type KnowToken, knowToken } from "./knowToken.ts";
import { type Product, productIdIn, productSlug } from "./product.ts";
import type { Token } from "./token.ts";

/** Who asks, and for which fleet: the product's that the path names, or else the token's own. */
export interface Caller {
  readonly username: string;
  readonly fleet: string;
  readonly token: Token;
  /** The product that the path names. */
  readonly product?: Product;
}

/** A request as far as it says who asks. */
export interface Asked {
  readonly token: string | undefined;
  /** Number or slug. */
  readonly product?: string | undefined;
  readonly access: Access;
}

/** Tells who asks. */
export type KnowCaller = (asked: Asked) => Promise<Caller>;

/**
 * Looks up who asks and whether they may. Fails with `invalid_token`; with `unauthorized` when the token is
 * limited and lacks the scope; with `not_found` for a product that is not there or not theirs: nobody
 * learns which of the two.
 */
export const knowCaller = (needs: {
  accounts: Accounts;
  now: () => number;
  /** Given where tokens are revoked, to forget them at once. */
  known?: KnowToken;
}): KnowCaller => {
  const { known = knowToken(needs) } = needs;
  const findProduct = rememberProducts(needs);
  return async ({ token: text, product: idOrSlug, access }) => {
    const token = await known(text);
    permit(token, access);
    const { username, fleet } = token;
    if (idOrSlug === undefined) return { username, fleet, token };
    const product = await findProduct(idOrSlug);
    if (product === undefined || !mayUse(token, product)) {
      throw new Failure("Product not found", { code: "not_found" });
    }
    return { username, fleet: product.fleet, token, product };
  };
};

const permit = ({ scopes, product }: Token, access: Access): void => {
  if (access === "token" || access === "everyone") return;
  if (access === "user") {
    if (scopes === undefined && product === undefined) return;
    throw new Failure("This needs a token of a user without limits", { code: "unauthorized" });
  }
  if (scopes === undefined || scopes.includes(access)) return;
  throw new Failure(`This needs the scope ${access}`, { code: "unauthorized" });
};

const mayUse = (token: Token, { id, owner }: Product): boolean =>
  token.product === undefined ? owner === token.username : id === token.product;

/** What is known of a product changes about never: it is read once in `tokenFreshMs`. */
const rememberProducts = ({ accounts, now }: { accounts: Accounts; now: () => number }) => {
  const known = new Map<number, { product: Product; until: number }>();
  return async (idOrSlug: string): Promise<Product | undefined> => {
    const id = productIdIn(idOrSlug);
    if (id === undefined) return undefined;
    const remembered = known.get(id);
    const fresh = remembered !== undefined && now() < remembered.until;
    const product = fresh ? remembered.product : await accounts.findProduct(id);
    if (product === undefined) return undefined;
    if (!fresh) {
      if (known.size >= productsCachedMax) known.clear();
      known.set(id, { product, until: now() + tokenFreshMs });
    }
    return idOrSlug === String(id) || idOrSlug === productSlug(product) ? product : undefined;
  };
};
