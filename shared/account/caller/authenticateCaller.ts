import { type Access, operatorScope, rights } from "../../api/scopes.ts";
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

/**
 * The authenticated caller of an API request. `fleet` is the fleet of the product, or otherwise of
 * the token.
 */
export interface Caller {
  readonly username: string;
  readonly fleet: string;
  readonly token: Token;
  /** The product in the path, or the product of the token. */
  readonly product?: Product;
  /** The role of the person in that product; absent for tokens of programs. */
  readonly role?: Role;
}

/** The parts of a request that authentication needs. */
export interface AuthRequest {
  readonly token: string | undefined;
  /** The text of the cookie of a browser session, if the request has no token. */
  readonly session?: string | undefined;
  /** Id or slug. */
  readonly product?: string | undefined;
  readonly access: Access;
}

/** Authenticates the caller of a request and checks the permission. */
export type AuthenticateCaller = (request: AuthRequest) => Promise<Caller>;

/**
 * Creates the authentication of callers. It fails with:
 * - `invalid_token`: the token is not valid.
 * - `unauthorized`: the token lacks the scope, or the role of the person in the product does not
 *   include it.
 * - `not_found`: the product does not exist or is not accessible to the caller. The error does not
 *   reveal which.
 *
 * A changed role takes effect after `teamCacheMs` at the latest, and at once for permissions that
 * only people have.
 */
export const authenticateCaller = (deps: {
  accounts: Accounts;
  teams: Pick<Teams, "find">;
  now: () => number;
  /** Pass the cache if the function revokes tokens, to evict them at once. */
  tokenCache?: TokenCache;
}): AuthenticateCaller => {
  const { tokenCache = createTokenCache(deps) } = deps;
  const findProduct = productCache(deps);
  const findTeam = teamCache(deps);
  return async ({ token: text, session, product: idOrSlug, access }) => {
    const token = await (session === undefined
      ? tokenCache.lookUp(text)
      : tokenCache.lookUpSession(session));
    requireScope(token, access);
    const { username, fleet } = token;
    const named = idOrSlug ?? ownProduct(token, access);
    if (named === undefined) return { username, fleet, token };
    const fresh = isRight(access) || neverCached.includes(access);
    // An incomplete removal can be repeated.
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
 * The product of a product's token, which also applies if the path names no product. Operations on
 * the token itself work for a removed product too.
 */
const ownProduct = ({ product }: Token, access: Access): string | undefined =>
  product === undefined || access === "token" || access === "everyone" ? undefined : `${product}`;

/**
 * Permissions that read the product without a cache: one returns it, and the others add items to it
 * that would be orphaned if it was just removed.
 */
const neverCached: readonly Access[] = ["products:get", "devices:import", "integrations:create"];

const productNotFound = () => new Failure("Product not found", { code: "not_found" });

const isRight = (access: Access): boolean => rights.some((right) => right === access);

const requireScope = (token: Token, access: Access): void => {
  const { scopes, session } = token;
  if (access === "token" || access === "everyone") return;
  if (access === operatorScope) {
    // An unrestricted token of a user does not have it.
    if (scopes?.includes(operatorScope) || session?.operator === true) return;
    throw new Failure("This requires an operator's token: npm run admin -- token add --operator", {
      code: "unauthorized",
    });
  }
  if (access === "user" || isRight(access)) {
    if (!isLimited(token)) return;
    throw new Failure("This requires an unrestricted token of a user", { code: "unauthorized" });
  }
  if (scopes === undefined || scopes.some((scope) => scope === access)) return;
  throw new Failure(`This requires the scope ${access}`, { code: "unauthorized" });
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
    // Only the members are needed here.
    const value = team && { members: team.members };
    cached.set(product, { value, until: now() + teamCacheMs });
    return value;
  };
};
