import { Failure } from "../platform/failure.ts";
import type { Product } from "./product/product.ts";
import type { Token } from "./token/token.ts";
import type { TokenFamilies } from "./token/tokenFamily.ts";
import type { User } from "./user/user.ts";

/** Who may use the API. */
export interface Accounts extends TokenFamilies {
  findUser(username: string): Promise<User | undefined>;
  /** The user who has a name or has left it: nobody else gets it. Their `username` is the one that they have now. */
  findUserByAnyName(name: string): Promise<User | undefined>;
  /** Fails with `already_exists` unless `replace` is set. */
  addUser(user: User, options: { replace: boolean }): Promise<void>;
  /**
   * Changes what is given, and nothing else. With `verified`, only while that is the hash of their password. Fails with `not_found`, and
   * with `conflict` when they have left the name or the password is another one.
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
  /** Like `findUserByAnyName`, and also finds a user who is removed. */
  findUserOrRemoved(name: string): Promise<User | undefined>;
  /**
   * Gives a user another name, and all that is theirs with them. The former name stays theirs: nobody else gets it. A change of
   * the user at the same time is kept or fails. Repeat it with the same two names when it died on the way. Fails with
   * `already_exists`, and with `conflict` when the user has left the name for another one.
   */
  renameUser(user: Pick<User, "username" | "fleet">, to: string): Promise<void>;
  findToken(hash: string): Promise<Token | undefined>;
  addToken(token: Token): Promise<void>;
  /** Removes a token and, unless `keepFamily` is set, its family of refresh tokens. Answers whether there was one. */
  removeToken(hash: string, options?: { keepFamily: boolean }): Promise<boolean>;
  /** Those that hold or held, up to `tokensListedMax`. A new one may be missing for a moment. */
  listTokens(username: string): Promise<Token[]>;
  /**
   * Removes a user's tokens and families of refresh tokens, or those that a client got, or the access tokens of one family. A new one
   * may be missed for a moment.
   */
  removeTokens(
    username: string,
    which?: { readonly client: string } | { readonly family: string },
  ): Promise<void>;
  /** One that is being removed, or was, only with `removed`. */
  findProduct(id: number, which?: { removed: boolean }): Promise<Product | undefined>;
  /** Fails with `already_exists` when the number is taken. */
  addProduct(product: Product): Promise<void>;
  /** The products of a user, up to `productsPerUserMax`. A new one may be missing for a moment. */
  listProducts(owner: string): Promise<Product[]>;
}

/** Users page by page, in no order that means anything. */
export interface UserPages {
  /** `next` begins the next page; absent after the last one. A page may have no users and not be the last. */
  page(page: {
    readonly limit: number;
    readonly after?: string | undefined;
  }): Promise<{ readonly users: readonly User[]; readonly next?: string }>;
}

/** The user of this name. Fails with `not_found`. */
export const findUser = async (
  username: string,
  { accounts }: { accounts: Pick<Accounts, "findUser"> },
): Promise<User> => {
  const user = await accounts.findUser(username);
  if (user === undefined) throw new Failure(`there is no user ${username}`, { code: "not_found" });
  return user;
};
