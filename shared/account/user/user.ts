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

/** Account information that a person provides. */
export const accountInfo = z.object({
  first_name: words.optional(),
  last_name: words.optional(),
  business_account: z.optional(flag),
  company_name: words.optional(),
});

export type AccountInfo = z.output<typeof accountInfo>;

/** A person who uses the API, and the fleet of their devices. */
export const user = z.object({
  username: z.string(),
  passwordHash: z.string(),
  fleet: z.string(),
  createdAt: z.string(),
  accountInfo: accountInfo.optional(),
  /** A disabled user cannot log in, and their tokens are rejected. */
  disabled: z.boolean().optional(),
  /** The name stays reserved and cannot be used for a sign-up. */
  removed: z.boolean().optional(),
  /** Refresh tokens of log-ins before this time are invalid; in milliseconds since 1970. */
  sessionsFrom: z.number().optional(),
  /**
   * Generation of log-ins: refresh tokens and one-time tokens of another generation are invalid.
   * The write that stores a new password also starts a new generation.
   */
  sessionGeneration: z.string().optional(),
  /**
   * Generation of access tokens: tokens of another generation are invalid, even if they are stored
   * later.
   */
  tokenGeneration: z.string().optional(),
  /**
   * Hashes of the newest mailed tokens, for a password reset and for the confirmation of an
   * address.
   */
  resetToken: z.string().optional(),
  addressToken: z.string().optional(),
});

export type User = z.output<typeof user>;

/** The name of a person, in lower case. Names of API users are rejected. */
export const username = z
  .string()
  .trim()
  .toLowerCase()
  .min(1)
  .max(usernameCharsMax)
  .refine((name) => !name.endsWith(apiUserDomain), `must not end with ${apiUserDomain}`);
export const password = z.string().min(passwordCharsMin).max(passwordCharsMax);

/**
 * User fields that revoke all refresh tokens and one-time tokens. `now` is in milliseconds since
 * 1970.
 */
export const sessionRevocation = (now: number) => ({
  sessionsFrom: now,
  sessionGeneration: randomBytes(8).toString("hex"),
});

/** User fields that also revoke all access tokens. */
export const tokenRevocation = (now: number) => ({
  ...sessionRevocation(now),
  tokenGeneration: randomBytes(8).toString("hex"),
});

/** Generates the name of a fleet. It is valid as a topic level and as a thing attribute. */
export const newFleet = (): string => `f${randomBytes(8).toString("hex")}`;
