import * as z from "zod";

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
