import { createHmac, randomBytes } from "node:crypto";
import { totpDriftSteps, totpSecretBytes, totpStepSeconds } from "./limits.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const digits = 6;

/** Base32 without padding. RFC 4648, 6. */
export const base32 = (bytes: Uint8Array): string => {
  let bits = "";
  for (const byte of bytes) bits += byte.toString(2).padStart(8, "0");
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((group) => alphabet[Number.parseInt(group.padEnd(5, "0"), 2)] ?? "").join("");
};

/** The bytes of a base32 text without padding. */
export const fromBase32 = (text: string): Uint8Array => {
  const bits = [...text]
    .map((char) => alphabet.indexOf(char).toString(2).padStart(5, "0"))
    .join("");
  const bytes = bits.match(/.{8}/g) ?? [];
  return Uint8Array.from(bytes, (byte) => Number.parseInt(byte, 2));
};

/** A new secret of 160 bits, the length of the hash (RFC 4226, 4), in base32. */
export const newTotpSecret = (): string => base32(randomBytes(totpSecretBytes));

/**
 * The one-time password of a time step: RFC 6238 with SHA-1 and six digits, which all authenticator
 * apps support.
 */
export const totpAt = (secret: string, step: number): string => {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", fromBase32(secret)).update(counter).digest();
  // RFC 4226, 5.3: the last four bits are the offset of the number.
  const offset = (mac.at(-1) ?? 0) & 0xf;
  const number = mac.readUInt32BE(offset) & 0x7f_ff_ff_ff;
  return String(number % 10 ** digits).padStart(digits, "0");
};

/** The time step of a time in milliseconds since 1970. */
export const totpStep = (now: number): number => Math.floor(now / 1_000 / totpStepSeconds);

/**
 * Finds the time step of a one-time password, within `totpDriftSteps` of now and after the last
 * used step; `undefined` if there is none. RFC 6238, 5.2: each password is valid once.
 */
export const findTotpStep = (
  secret: string,
  otp: string,
  { now, after }: { now: number; after: number },
): number | undefined => {
  const middle = totpStep(now);
  for (let step = middle - totpDriftSteps; step <= middle + totpDriftSteps; step += 1) {
    if (step > after && totpAt(secret, step) === otp) return step;
  }
  return undefined;
};

/** The URI that an authenticator app reads. */
export const totpUri = (secret: string, username: string): string =>
  `otpauth://totp/Godwit:${encodeURIComponent(username)}?secret=${secret}&issuer=Godwit&algorithm=SHA1&digits=${digits}&period=${totpStepSeconds}`;
