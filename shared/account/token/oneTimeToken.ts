import * as z from "zod";
import { Failure } from "../../platform/failure.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import type { Accounts } from "../accounts.ts";
import type { User } from "../user/user.ts";
import { hashToken, newTokenText } from "./token.ts";

/** What a one-time token is good for. */
const claim = z.discriminatedUnion("purpose", [
  /** The password was right; the second factor is missing. */
  z.object({
    purpose: z.literal("mfa-login"),
    client: z.string(),
    scopes: z.array(z.string()).optional(),
    lifetimeSeconds: z.number().optional(),
  }),
  /** A second factor that is to be confirmed by a first one-time password. */
  z.object({ purpose: z.literal("mfa-enable"), sealedSecret: z.string() }),
  /** A mail said that the password may be replaced. */
  z.object({ purpose: z.literal("password-reset") }),
  /** A mail to the new address asks whether it is theirs. */
  z.object({
    purpose: z.literal("change-address"),
    to: z.string(),
    invalidateTokens: z.boolean(),
  }),
]);

type Claim = z.output<typeof claim>;

/** A secret that one user got for one purpose and one use. Only its hash is kept. */
export const oneTimeToken = z.object({
  hash: z.string(),
  fleet: z.string(),
  username: z.string(),
  claim,
  /** The user's `sessionGeneration` when it was found out whose token it is. */
  generation: z.string().optional(),
  /** In milliseconds since 1970. */
  createdAt: z.number(),
  expiresAt: z.number(),
});

export type OneTimeToken = z.output<typeof oneTimeToken>;

export type Purpose = Claim["purpose"];

/** The claim of one purpose. */
export type ClaimOf<Name extends Purpose> = Extract<Claim, { purpose: Name }>;

/** One-time tokens: of log-ins that wait for a second factor, and of mails. */
export interface OneTimeTokens {
  add(token: OneTimeToken): Promise<void>;
  /** The token as it is now in this region, also one that has expired. */
  find(hash: string): Promise<OneTimeToken | undefined>;
  /** Answers whether there was one: of all who ask, one gets `true`. */
  remove(hash: string): Promise<boolean>;
}

interface Deps {
  accounts: Pick<Accounts, "findUserByAnyName">;
  oneTimeTokens: OneTimeTokens;
  now: () => number;
}

/** Makes a one-time token for a user, and answers its text. */
export const addOneTimeToken = async (
  { fleet, username, sessionGeneration }: Pick<User, "fleet" | "username" | "sessionGeneration">,
  { claim, lifetimeMs }: { claim: OneTimeToken["claim"]; lifetimeMs: number },
  { oneTimeTokens, now }: Pick<Deps, "oneTimeTokens" | "now">,
): Promise<string> => {
  const text = newTokenText();
  await oneTimeTokens.add({
    hash: hashToken(text),
    fleet,
    username,
    claim,
    ...omitUndefined({ generation: sessionGeneration }),
    createdAt: now(),
    expiresAt: now() + lifetimeMs,
  });
  return text;
};

/**
 * The user and the claim of a one-time token, which stays valid until it is removed; `username` is the name that the user had when
 * the token was made. Fails with `invalid_grant` when it is unknown,
 * expired, of another purpose, or older than the user's last change of password.
 */
export const findOneTimeToken = async <Name extends Purpose>(
  text: string,
  purpose: Name,
  { accounts, oneTimeTokens, now }: Deps,
): Promise<{ hash: string; user: User; claim: ClaimOf<Name>; username: string }> => {
  const token = await oneTimeTokens.find(hashToken(text));
  if (token === undefined || token.expiresAt <= now() || !isOf(token.claim, purpose)) {
    throw invalidToken();
  }
  const { claim } = token;
  // The user may have another name by now.
  const user = await accounts.findUserByAnyName(token.username);
  if (user?.fleet !== token.fleet || token.createdAt < (user.sessionsFrom ?? 0))
    throw invalidToken();
  if (token.generation !== user.sessionGeneration) throw invalidToken();
  return { hash: token.hash, user, claim, username: token.username };
};

const isOf = <Name extends Purpose>(
  claim: OneTimeToken["claim"],
  purpose: Name,
): claim is ClaimOf<Name> => claim.purpose === purpose;

/** What an unknown, used or expired token answers. */
export const invalidToken = () =>
  new Failure("The token is invalid, was used before, or has expired", { code: "invalid_grant" });
