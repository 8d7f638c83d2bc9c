import { createHash } from "node:crypto";
import { isObject, parseObject } from "../platform/json.ts";

/** A certificate and its private key, both PEM. Times are milliseconds since 1970. */
export interface Credentials {
  readonly certificate: string;
  readonly privateKey: string;
  readonly issuedAt?: number | undefined;
  /** Absent if the certificate does not expire or the time is unknown. */
  readonly expiresAt?: number | undefined;
}

/** A new key, its signing request, and the certificate once the cloud has issued it. */
export interface PendingRenewal {
  /** PEM. */
  readonly privateKey: string;
  /** Signing request, PEM. Each repeat sends the same request and so gets the same certificate. */
  readonly request: string;
  readonly made?: Credentials | undefined;
}

/** The current credentials and the pending renewal. */
export interface StoredCredentials {
  readonly current: Credentials;
  readonly next?: PendingRenewal | undefined;
}

/** Serializes the text of a store, with the fingerprint of the provisioned certificate. */
export const serializeCredentials = (stored: StoredCredentials, provisioned: Credentials): string =>
  `${JSON.stringify({ follows: fingerprint(provisioned), ...stored })}\n`;

/**
 * Parses the text of a store. Returns `undefined` if the store is empty, or if the device was
 * provisioned with another certificate since: that certificate takes precedence. Throws if the text
 * is corrupt.
 */
export const parseCredentials = (
  text: string | undefined,
  provisioned: Credentials,
): StoredCredentials | undefined => {
  if (text === undefined) return undefined;
  const { follows, current, next } = parseObject(text) ?? {};
  const known = toCredentials(current);
  if (typeof follows !== "string" || known === undefined) {
    throw new Error("the certificate store is corrupt");
  }
  if (follows !== fingerprint(provisioned)) return undefined;
  return { current: known, next: toPendingRenewal(next) };
};

const fingerprint = ({ certificate }: Credentials): string =>
  createHash("sha256").update(certificate).digest("hex");

const toCredentials = (value: unknown): Credentials | undefined => {
  if (!isObject(value)) return undefined;
  const { certificate, privateKey, issuedAt, expiresAt } = value;
  if (typeof certificate !== "string" || typeof privateKey !== "string") return undefined;
  return {
    certificate,
    privateKey,
    ...(typeof issuedAt === "number" && { issuedAt }),
    ...(typeof expiresAt === "number" && { expiresAt }),
  };
};

const toPendingRenewal = (value: unknown): PendingRenewal | undefined => {
  if (!isObject(value)) return undefined;
  const { privateKey, request, made } = value;
  if (typeof privateKey !== "string" || typeof request !== "string") return undefined;
  return { privateKey, request, made: toCredentials(made) };
};
