import { randomBytes } from "node:crypto";
import * as z from "zod/mini";
import { hashToken } from "../token/token.ts";
import { recoveryCodeBytes, recoveryCodesMax } from "./limits.ts";
import { base32 } from "./totp.ts";

/**
 * A user's second factor. The fleet identifies the user, because it does not change with the name.
 */
export const secondFactor = z.object({
  fleet: z.string(),
  /** The secret of RFC 6238, encrypted. */
  sealedSecret: z.string(),
  /** The time step of the last one-time password that was used. */
  lastStep: z.number(),
  /** Hashes of the unused recovery codes. */
  recoveryHashes: z.array(z.string()),
  enabledAt: z.string(),
  /** Incremented by each write. */
  version: z.number(),
});

export type SecondFactor = z.output<typeof secondFactor>;

/** The encryption context of a secret: it can be decrypted only for this user. */
export const secretContext = (fleet: string): string => `mfa#${fleet}`;

/**
 * Generates recovery codes for a lost authenticator app. They are random, so an unsalted hash is
 * sufficient.
 */
export const newRecoveryCodes = (): string[] =>
  Array.from({ length: recoveryCodesMax }, () => {
    const code = base32(randomBytes(recoveryCodeBytes)).toLowerCase();
    return `${code.slice(0, code.length / 2)}-${code.slice(code.length / 2)}`;
  });

/** The hash of a recovery code, with or without its hyphen. */
export const hashRecoveryCode = (code: string): string =>
  hashToken(code.toLowerCase().replaceAll(/[\s-]/g, ""));

/** Stores the second factors of users. A user without one logs in with the password only. */
export interface SecondFactors {
  /** The current second factor in this region. */
  find(fleet: string): Promise<SecondFactor | undefined>;
  /** Fails with `already_exists` if the user has one. */
  add(factor: SecondFactor): Promise<void>;
  /**
   * Replaces the previous version. Returns `false`, without writing, when another version is
   * stored.
   */
  replace(factor: SecondFactor): Promise<boolean>;
  /** Returns whether it existed. */
  remove(fleet: string): Promise<boolean>;
}
