import * as z from "zod/mini";
import { Failure } from "../../platform/failure.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import type { Accounts } from "../accounts.ts";
import type { User } from "../user/user.ts";
import { hashToken, newTokenText } from "./token.ts";

/** The purpose of a one-time token, with its parameters. */
const claim = z.discriminatedUnion("purpose", [
  /** The password was verified; the second factor is pending. */
  z.object({
    purpose: z.literal("mfa-login"),
    client: z.string(),
    scopes: z.optional(z.array(z.string())),
    lifetimeSeconds: z.optional(z.number()),
  }),
  /** A new second factor that the first one-time password confirms. */
  z.object({ purpose: z.literal("mfa-enable"), sealedSecret: z.string() }),
  /** A password reset by mail. */
  z.object({ purpose: z.literal("password-reset") }),
  /** A confirmation of a new mail address. */
  z.object({
    purpose: z.literal("change-address"),
    to: z.string(),
    invalidateTokens: z.boolean(),
  }),
  /** A link of the operator that opens a browser session. */
  z.object({ purpose: z.literal("browser-session"), operator: z.boolean() }),
]);

type Claim = z.output<typeof claim>;

/** A secret for one user, one purpose and one use. Only its hash is stored. */
export const oneTimeToken = z.object({
  hash: z.string(),
  fleet: z.string(),
  username: z.string(),
  claim,
  /** The user's `sessionGeneration` when the user was authenticated. */
  generation: z.optional(z.string()),
  /** In milliseconds since 1970. */
  createdAt: z.number(),
  expiresAt: z.number(),
  /**
   * The region that decides which use of the token is the first: the one that made it. Absent in
   * tokens of earlier versions.
   */
  region: z.optional(z.string()),
});

export type OneTimeToken = z.output<typeof oneTimeToken>;

export type Purpose = Claim["purpose"];

/** The claim of one purpose. */
export type ClaimOf<Name extends Purpose> = Extract<Claim, { purpose: Name }>;

/** Stores one-time tokens: for log-ins with a pending second factor, for mails and for links. */
export interface OneTimeTokens {
  /** Adds a token, which this region decides about. */
  add(token: Omit<OneTimeToken, "region">): Promise<void>;
  /** The current token in this region, including an expired one. */
  find(hash: string): Promise<OneTimeToken | undefined>;
  /**
   * Returns whether the token existed: of concurrent calls in any regions, exactly one gets `true`.
   * Fails if the region of the token does not respond.
   */
  remove(token: Pick<OneTimeToken, "hash" | "region">): Promise<boolean>;
}

interface Deps {
  accounts: Pick<Accounts, "findUserByAnyName">;
  oneTimeTokens: OneTimeTokens;
  now: () => number;
}

/** Creates a one-time token of `bytes` random bytes for a user and returns its text in hex. */
export const addOneTimeToken = async (
  { fleet, username, sessionGeneration }: Pick<User, "fleet" | "username" | "sessionGeneration">,
  {
    claim,
    lifetimeMs,
    bytes,
  }: { claim: OneTimeToken["claim"]; lifetimeMs: number; bytes?: number },
  { oneTimeTokens, now }: Pick<Deps, "oneTimeTokens" | "now">,
): Promise<string> => {
  const text = newTokenText(bytes);
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

/** A valid one-time token, and its user. */
export interface FoundToken<Name extends Purpose> {
  readonly token: OneTimeToken;
  readonly user: User;
  readonly claim: ClaimOf<Name>;
  readonly username: string;
}

/**
 * Returns the user and the claim of a one-time token. The token stays valid until it is removed.
 * `username` is the name of the user when the token was created. Fails with `invalid_grant` when
 * the token is unknown, expired, of another purpose, or older than the user's last change of
 * password.
 */
export const findOneTimeToken = async <Name extends Purpose>(
  text: string,
  purpose: Name,
  { accounts, oneTimeTokens, now }: Deps,
): Promise<FoundToken<Name>> => {
  const token = await oneTimeTokens.find(hashToken(text));
  if (token === undefined || token.expiresAt <= now() || !isOf(token.claim, purpose)) {
    throw invalidToken();
  }
  const { claim } = token;
  // The user may have been renamed.
  const user = await accounts.findUserByAnyName(token.username);
  if (user?.fleet !== token.fleet || token.createdAt < (user.sessionsFrom ?? 0))
    throw invalidToken();
  if (token.generation !== user.sessionGeneration) throw invalidToken();
  return { token, user, claim, username: token.username };
};

const isOf = <Name extends Purpose>(
  claim: OneTimeToken["claim"],
  purpose: Name,
): claim is ClaimOf<Name> => claim.purpose === purpose;

/** The failure for an unknown, used or expired token. */
export const invalidToken = () =>
  new Failure("The token is invalid, was used before, or has expired", { code: "invalid_grant" });
