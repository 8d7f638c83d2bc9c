import { createHash } from "node:crypto";
import { isObject, parseObject } from "../platform/json.ts";

/** A certificate and its key, both PEM. Times are milliseconds since 1970. */
export interface Credentials {
  readonly certificate: string;
  readonly privateKey: string;
  readonly issuedAt?: number | undefined;
  /** Absent: it does not expire, or nothing is known of that. */
  readonly expiresAt?: number | undefined;
}

/** A new key, the request that is made of it, and the certificate once the cloud has answered. */
export interface PendingRenewal {
  /** PEM. */
  readonly privateKey: string;
  /** The signing request, PEM: the same each time, so that the cloud answers with the same certificate. */
  readonly request: string;
  readonly made?: Credentials | undefined;
}

/** What lets a device in, and what is to let it in next. */
export interface StoredCredentials {
  readonly current: Credentials;
  readonly next?: PendingRenewal | undefined;
}

/** The text that a store keeps. It names the certificate that the device was given, which it follows. */
export const serializeCredentials = (kept: StoredCredentials, given: Credentials): string =>
  `${JSON.stringify({ follows: fingerprint(given), ...kept })}\n`;

/**
 * Reads a store's text. `undefined` when there is none, and when the device has been given another certificate since:
 * whoever did that wants it used. Fails when it is damaged.
 */
export const parseCredentials = (
  text: string | undefined,
  given: Credentials,
): StoredCredentials | undefined => {
  if (text === undefined) return undefined;
  const { follows, current, next } = parseObject(text) ?? {};
  const known = readOne(current);
  if (typeof follows !== "string" || known === undefined) {
    throw new Error("the store of certificates is damaged");
  }
  if (follows !== fingerprint(given)) return undefined;
  return { current: known, next: readNext(next) };
};

const fingerprint = ({ certificate }: Credentials): string =>
  createHash("sha256").update(certificate).digest("hex");

const readOne = (given: unknown): Credentials | undefined => {
  if (!isObject(given)) return undefined;
  const { certificate, privateKey, issuedAt, expiresAt } = given;
  if (typeof certificate !== "string" || typeof privateKey !== "string") return undefined;
  return {
    certificate,
    privateKey,
    ...(typeof issuedAt === "number" && { issuedAt }),
    ...(typeof expiresAt === "number" && { expiresAt }),
  };
};

const readNext = (given: unknown): PendingRenewal | undefined => {
  if (!isObject(given)) return undefined;
  const { privateKey, request, made } = given;
  if (typeof privateKey !== "string" || typeof request !== "string") return undefined;
  return { privateKey, request, made: readOne(made) };
};
