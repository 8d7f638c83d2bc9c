import { Failure } from "../platform/failure.ts";
import type { Product } from "./product/product.ts";
import type { Token } from "./token/token.ts";
import type { TokenFamilies } from "./token/tokenFamily.ts";
import type { User } from "./user/user.ts";

/** Users, tokens and products. */
export interface Accounts extends TokenFamilies {
  findUser(username: string): Promise<User | undefined>;
  /**
   * Finds a user by the current name or a former one. A former name stays reserved for its user.
   * `username` of the result is the current name.
   */
  findUserByAnyName(name: string): Promise<User | undefined>;
  /** Fails with `already_exists` unless `replace` is set. */
  addUser(user: User, options: { replace: boolean }): Promise<void>;
  /**
   * Changes only the given fields. With `verified`, changes them only if that is the hash of the
   * user's current password. Fails with `not_found`, and with `conflict` when the user has another
   * name or password by now.
   */
  changeUser(
    username: string,
    change: Partial<
      Pick<
        User,
        | "passwordHash"
        | "accountInfo"
        | "sessionsFrom"
        | "sessionGeneration"
        | "tokenGeneration"
        | "disabled"
        | "removed"
        | "resetToken"
        | "addressToken"
      >
    >,
    verified?: Pick<User, "passwordHash">,
  ): Promise<void>;
  /** Like `findUserByAnyName`, but also finds removed users. */
  findUserOrRemoved(name: string): Promise<User | undefined>;
  /**
   * Renames a user and moves their tokens, products and clients to the new name. The former name
   * stays reserved for the user. A concurrent change of the user is kept or fails. After a crash,
   * repeat the call with the same names. Fails with `already_exists`, and with `conflict` when the
   * user has another name by now.
   */
  renameUser(user: Pick<User, "username" | "fleet">, to: string): Promise<void>;
  findToken(hash: string): Promise<Token | undefined>;
  addToken(token: Token): Promise<void>;
  /** Sets the expiry of a token that exists. Returns whether it exists. */
  extendToken(hash: string, expiresAt: number): Promise<boolean>;
  /**
   * Removes a token and, unless `keepFamily` is set, its token family. Returns whether the token
   * existed.
   */
  removeToken(hash: string, options?: { keepFamily: boolean }): Promise<boolean>;
  /** Valid and expired tokens, up to `tokensListedMax`. A new token may be missing for a moment. */
  listTokens(username: string): Promise<Token[]>;
  /**
   * Removes the tokens and token families of a user, or only those of one client, or only the
   * access tokens of one family. A new token may be missed for a moment.
   */
  removeTokens(
    username: string,
    which?: { readonly client: string } | { readonly family: string },
  ): Promise<void>;
  /** Finds products that are being removed, or were removed, only with `removed`. */
  findProduct(id: number, which?: { removed: boolean }): Promise<Product | undefined>;
  /** Fails with `already_exists` when the number is taken. */
  addProduct(product: Product): Promise<void>;
  /**
   * The products of a user, up to `productsPerUserMax`. A new product may be missing for a moment.
   */
  listProducts(owner: string): Promise<Product[]>;
}

/** Pages of users, in no defined order. */
export interface UserPages {
  /**
   * `next` starts the next page and is absent after the last page. A page may be empty without
   * being the last one.
   */
  page(page: {
    readonly limit: number;
    readonly after?: string | undefined;
  }): Promise<{ readonly users: readonly User[]; readonly next?: string }>;
}

/** Returns the user with this name. Fails with `not_found`. */
export const findUser = async (
  username: string,
  { accounts }: { accounts: Pick<Accounts, "findUser"> },
): Promise<User> => {
  const user = await accounts.findUser(username);
  if (user === undefined) throw new Failure(`there is no user ${username}`, { code: "not_found" });
  return user;
};
