import { type Access, rights } from "../../api/scopes.ts";
import { Failure } from "../../platform/failure.ts";
import { isUnexpired } from "../../platform/isUnexpired.ts";
import type { Accounts } from "../accounts.ts";
import { type Product, productIdIn, productSlug } from "../product/product.ts";
import { type Role, requireRole } from "../team/role.ts";
import { roleIn, type Team, type Teams } from "../team/team.ts";
import { tokenCacheMs } from "../token/limits.ts";
import { isLimited, type Token } from "../token/token.ts";
import { createTokenCache, type TokenCache } from "../token/tokenCache.ts";
import { productsCachedMax, teamCacheMs, teamsCachedMax } from "./limits.ts";

/** Who asks, and for which fleet: the one of the product, or else the token's own. */
export interface Caller {
  readonly username: string;
  readonly fleet: string;
  readonly token: Token;
  /** The product that the path names, or that the token belongs to. */
  readonly product?: Product;
  /** What the person is in that product; absent for a program's token. */
  readonly role?: Role;
}

/** A request as far as it says who asks. */
export interface AuthRequest {
  readonly token: string | undefined;
  /** Number or slug. */
  readonly product?: string | undefined;
  readonly access: Access;
}

/** Tells who asks. */
export type AuthenticateCaller = (request: AuthRequest) => Promise<Caller>;

/**
 * Looks up who asks and whether they may. Fails with `invalid_token`; with `unauthorized` when the token is
 * limited and lacks the scope, or when the role of the person in the product does not have it; with `not_found` for a
 * product that does not exist or is not theirs: nobody learns which of the two. A changed role counts after
 * `teamCacheMs` at the latest; at once for the rights that only people have.
 */
export const authenticateCaller = (deps: {
  accounts: Accounts;
  teams: Pick<Teams, "find">;
  now: () => number;
  /** Given where tokens are revoked, to forget them at once. */
  tokenCache?: TokenCache;
}): AuthenticateCaller => {
  const { tokenCache = createTokenCache(deps) } = deps;
  const findProduct = productCache(deps);
  const findTeam = teamCache(deps);
  return async ({ token: text, product: idOrSlug, access }) => {
    const token = await tokenCache.lookUp(text);
    permit(token, access);
    const { username, fleet } = token;
    const named = idOrSlug ?? ownProduct(token, access);
    if (named === undefined) return { username, fleet, token };
    const fresh = isRight(access) || neverCached.includes(access);
    // A removal that did not finish is repeated.
    const removed = access === "products:remove";
    const product = await findProduct(named, { fresh, removed });
    if (product === undefined) throw productNotFound();
    const caller = { username, fleet: product.fleet, token, product };
    if (token.product !== undefined) {
      if (product.id !== token.product) throw productNotFound();
      return caller;
    }
    const role =
      roleIn(product, undefined, token) ??
      roleIn(product, await findTeam(product.id, { fresh }), token);
    if (role === undefined) throw productNotFound();
    requireRole(role, access);
    return { ...caller, role };
  };
};

/**
 * The product of a token that belongs to one: such a token acts for this product also where the path names none. What is about
 * the token itself works for a product that is gone, too.
 */
const ownProduct = ({ product }: Token, access: Access): string | undefined =>
  product === undefined || access === "token" || access === "everyone" ? undefined : `${product}`;

/**
 * These read the product each time: one shows it, and others put something into it that nobody would find again if the
 * product was removed a moment ago.
 */
const neverCached: readonly Access[] = ["products:get", "devices:import", "integrations:create"];

const productNotFound = () => new Failure("Product not found", { code: "not_found" });

const isRight = (access: Access): boolean => rights.some((right) => right === access);

const permit = (token: Token, access: Access): void => {
  const { scopes } = token;
  if (access === "token" || access === "everyone") return;
  if (access === "user" || isRight(access)) {
    if (!isLimited(token)) return;
    throw new Failure("This needs a token of a user without limits", { code: "unauthorized" });
  }
  if (scopes === undefined || scopes.some((scope) => scope === access)) return;
  throw new Failure(`This needs the scope ${access}`, { code: "unauthorized" });
};

interface Cached<Value> {
  readonly value: Value;
  readonly until: number;
}

/**
 * Caches products for `tokenCacheMs`. Reads a product again when the request names it by another
 * slug than the cached one.
 */
const productCache = ({ accounts, now }: { accounts: Accounts; now: () => number }) => {
  const cached = new Map<number, Cached<Product>>();
  const read = async (id: number, removed: boolean): Promise<Product | undefined> => {
    const product = await accounts.findProduct(id, { removed });
    if (product?.removal !== undefined) return product;
    if (product === undefined) {
      cached.delete(id);
      return undefined;
    }
    if (cached.size >= productsCachedMax) cached.clear();
    cached.set(id, { value: product, until: now() + tokenCacheMs });
    return product;
  };
  return async (
    idOrSlug: string,
    { fresh, removed }: { fresh: boolean; removed: boolean },
  ): Promise<Product | undefined> => {
    const id = productIdIn(idOrSlug);
    if (id === undefined) return undefined;
    const matchesName = (product: Product | undefined) =>
      product !== undefined && (idOrSlug === String(id) || idOrSlug === productSlug(product));
    const entry = cached.get(id);
    const isFresh =
      entry !== undefined && isUnexpired(entry.until, { now: now(), ms: tokenCacheMs });
    if (!fresh && isFresh && matchesName(entry.value)) return entry.value;
    const product = await read(id, removed);
    return matchesName(product) ? product : undefined;
  };
};

/** Caches the members of teams for `teamCacheMs`. */
const teamCache = ({ teams, now }: { teams: Pick<Teams, "find">; now: () => number }) => {
  const cached = new Map<number, Cached<Pick<Team, "members"> | undefined>>();
  return async (product: number, { fresh }: { fresh: boolean }) => {
    const entry = cached.get(product);
    const isFresh =
      entry !== undefined && isUnexpired(entry.until, { now: now(), ms: teamCacheMs });
    if (!fresh && isFresh) return entry.value;
    const team = await teams.find(product);
    if (cached.size >= teamsCachedMax) cached.clear();
    // The log is the largest part of a team and is not needed here.
    const value = team && { members: team.members };
    cached.set(product, { value, until: now() + teamCacheMs });
    return value;
  };
};
