import { randomBytes } from "node:crypto";
import * as z from "zod";
import { hashToken } from "../token/token.ts";
import { recoveryCodeBytes, recoveryCodesMax } from "./limits.ts";
import { base32 } from "./totp.ts";

/** A user's second factor. The fleet names the user: it stays when the user gets another name. */
export const secondFactor = z.object({
  fleet: z.string(),
  /** The secret of RFC 6238, sealed. */
  sealedSecret: z.string(),
  /** The time step of the last one-time password that was used. */
  lastStep: z.number(),
  /** Hashes of the recovery codes that are left. */
  recoveryHashes: z.array(z.string()),
  enabledAt: z.string(),
  /** Incremented by each write. */
  version: z.number(),
});

export type SecondFactor = z.output<typeof secondFactor>;

/** What a sealed secret belongs to: it opens for no other user. */
export const secretContext = (fleet: string): string => `mfa#${fleet}`;

/** New recovery codes, for a user who has lost their app. They are random, so a plain hash keeps them. */
export const newRecoveryCodes = (): string[] =>
  Array.from({ length: recoveryCodesMax }, () => {
    const code = base32(randomBytes(recoveryCodeBytes)).toLowerCase();
    return `${code.slice(0, code.length / 2)}-${code.slice(code.length / 2)}`;
  });

/** The hash of a recovery code, with or without its hyphen. */
export const hashRecoveryCode = (code: string): string =>
  hashToken(code.toLowerCase().replaceAll(/[\s-]/g, ""));

/** The second factors of users. A user without one logs in by password alone. */
export interface SecondFactors {
  /** The factor as it is now in this region. */
  find(fleet: string): Promise<SecondFactor | undefined>;
  /** Fails with `already_exists` when the user has one. */
  add(factor: SecondFactor): Promise<void>;
  /** Writes a factor over the version before it. Answers `false`, and writes nothing, when that is not the stored one. */
  replace(factor: SecondFactor): Promise<boolean>;
  /** Answers whether there was one. */
  remove(fleet: string): Promise<boolean>;
}
