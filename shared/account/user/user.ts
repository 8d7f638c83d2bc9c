import { randomBytes } from "node:crypto";
import * as z from "zod";
import { flag } from "../../input/flag.ts";
import {
  accountInfoCharsMax,
  passwordCharsMax,
  passwordCharsMin,
  usernameCharsMax,
} from "../limits.ts";
import { apiUserDomain } from "../oauth/apiUser.ts";

const words = z.string().max(accountInfoCharsMax);

/** What a person says of themselves. */
export const accountInfo = z.object({
  first_name: words.optional(),
  last_name: words.optional(),
  business_account: z.optional(flag),
  company_name: words.optional(),
});

export type AccountInfo = z.output<typeof accountInfo>;

/** A person who may use the API, and the fleet of their own devices. */
export const user = z.object({
  username: z.string(),
  passwordHash: z.string(),
  fleet: z.string(),
  createdAt: z.string(),
  accountInfo: accountInfo.optional(),
  /** Nobody logs in as a disabled user, and their tokens are refused. */
  disabled: z.boolean().optional(),
  /** The name is kept, so that nobody else gets it by sign-up. */
  removed: z.boolean().optional(),
  /** Refresh tokens of log-ins before this time are over; in milliseconds since 1970. */
  sessionsFrom: z.number().optional(),
  /**
   * Which log-ins hold: a refresh token or one-time token of another generation is over. Every new password starts a generation,
   * in the same write.
   */
  sessionGeneration: z.string().optional(),
  /** Which access tokens hold: a token of another generation is over, whenever it was stored. */
  tokenGeneration: z.string().optional(),
  /** The hashes of the newest token that a mail took to them, to replace their password and to confirm an address. */
  resetToken: z.string().optional(),
  addressToken: z.string().optional(),
});

export type User = z.output<typeof user>;

/** A name that a person may have: small letters, and none of an API user's. */
export const username = z
  .string()
  .trim()
  .toLowerCase()
  .min(1)
  .max(usernameCharsMax)
  .refine((name) => !name.endsWith(apiUserDomain), `must not end with ${apiUserDomain}`);
export const password = z.string().min(passwordCharsMin).max(passwordCharsMax);

/** A change that ends all refresh tokens and one-time tokens of a user. `now` is in milliseconds since 1970. */
export const sessionRevocation = (now: number) => ({
  sessionsFrom: now,
  sessionGeneration: randomBytes(8).toString("hex"),
});

/** A change that ends all access tokens of a user, too. */
export const tokenRevocation = (now: number) => ({
  ...sessionRevocation(now),
  tokenGeneration: randomBytes(8).toString("hex"),
});

/** A name for a new fleet, fit for a topic level and a thing attribute. */
export const newFleet = (): string => `f${randomBytes(8).toString("hex")}`;
