import { randomBytes } from "node:crypto";
import * as z from "zod/mini";
import { flag } from "../../input/flag.ts";
import {
  accountInfoCharsMax,
  passwordCharsMax,
  passwordCharsMin,
  usernameCharsMax,
} from "../limits.ts";
import { apiUserDomain } from "../oauth/apiUser.ts";
import { canaryDomain, isCanary } from "./canaryUser.ts";

const words = z.string().check(z.maxLength(accountInfoCharsMax));

/** Account information that a person provides. */
export const accountInfo = z.object({
  first_name: z.optional(words),
  last_name: z.optional(words),
  business_account: z.optional(flag),
  company_name: z.optional(words),
});

export type AccountInfo = z.output<typeof accountInfo>;

/** A person who uses the API, and the fleet of their devices. */
export const user = z.object({
  username: z.string(),
  passwordHash: z.string(),
  fleet: z.string(),
  createdAt: z.string(),
  accountInfo: z.optional(accountInfo),
  /** A disabled user cannot log in, and their tokens are rejected. */
  disabled: z.optional(z.boolean()),
  /** The name stays reserved and cannot be used for a sign-up. */
  removed: z.optional(z.boolean()),
  /** Refresh tokens of log-ins before this time are invalid; in milliseconds since 1970. */
  sessionsFrom: z.optional(z.number()),
  /**
   * Generation of log-ins: refresh tokens and one-time tokens of another generation are invalid.
   * The write that stores a new password also starts a new generation.
   */
  sessionGeneration: z.optional(z.string()),
  /**
   * Generation of access tokens: tokens of another generation are invalid, even if they are stored
   * later.
   */
  tokenGeneration: z.optional(z.string()),
  /**
   * Hashes of the newest mailed tokens, for a password reset and for the confirmation of an
   * address.
   */
  resetToken: z.optional(z.string()),
  addressToken: z.optional(z.string()),
});

export type User = z.output<typeof user>;

/** The name of a person, in lower case. Names of API users and canaries are rejected. */
export const username = z.string().check(
  z.trim(),
  z.toLowerCase(),
  z.minLength(1),
  z.maxLength(usernameCharsMax),
  z.refine((name) => !name.endsWith(apiUserDomain), `must not end with ${apiUserDomain}`),
  z.refine((name) => !isCanary(name), `must not end with ${canaryDomain}`),
);
export const password = z
  .string()
  .check(z.minLength(passwordCharsMin), z.maxLength(passwordCharsMax));

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
