import { createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import * as z from "zod/mini";
import { Failure } from "../../platform/failure.ts";
import { envelopeBytesMax, signaturesMax } from "../limits.ts";

/**
 * Base64 (RFC 4648, section 4) in its one canonical form: Node.js also decodes other characters,
 * and a changed character would otherwise not change the value.
 */
const base64 = z.string().check(
  z.maxLength(envelopeBytesMax),
  z.refine((text) => bytesOf(text).toString("base64") === text, "must be base64 (RFC 4648)"),
);

const bytesOf = (text: string): Buffer => Buffer.from(text, "base64");

/** The id of a signing key: the SHA-256 of its raw public key, in hex. */
export const signingKeyId = z
  .string()
  .check(z.regex(/^[0-9a-f]{64}$/, "must be 64 hex digits in lower case"));

/**
 * A signed statement: an envelope of DSSE, with signatures over the type and the bytes of the
 * payload. https://github.com/secure-systems-lab/dsse/blob/master/envelope.md
 */
export const envelope = z.strictObject({
  payloadType: z.string().check(z.minLength(1), z.maxLength(128)),
  /** The bytes of the payload in base64. */
  payload: base64,
  signatures: z
    .array(z.strictObject({ keyid: signingKeyId, sig: base64 }))
    .check(z.minLength(1), z.maxLength(signaturesMax)),
});

export type Envelope = z.output<typeof envelope>;

/** An Ed25519 public key: its id, and its 32 raw bytes in base64. */
export const publicKey = z.strictObject({
  id: signingKeyId,
  public: base64.check(z.refine((text) => bytesOf(text).length === 32, "must be 32 bytes")),
});

export type PublicKey = z.output<typeof publicKey>;

/**
 * The bytes that are signed: DSSE's pre-authentication encoding of a payload and its type.
 * https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
 */
export const preAuthEncoding = (type: string, payload: Uint8Array): Buffer =>
  Buffer.concat([
    Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `),
    payload,
  ]);

/** A key of its owner: an Ed25519 private key and its id. */
export interface SigningKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** Signs a JSON value with each of the keys. */
export const signEnvelope = (
  payloadType: string,
  value: unknown,
  keys: readonly SigningKey[],
): Envelope => {
  const payload = Buffer.from(JSON.stringify(value));
  return addSignatures({ payloadType, payload: payload.toString("base64"), signatures: [] }, keys);
};

/** Adds the signatures of keys. A key that has signed already is not repeated. */
export const addSignatures = (signed: Envelope, keys: readonly SigningKey[]): Envelope => {
  const content = preAuthEncoding(signed.payloadType, bytesOf(signed.payload));
  const known = new Set(signed.signatures.map(({ keyid }) => keyid));
  const added = keys
    .filter(({ id }) => !known.has(id))
    .map(({ id, key }) => ({ keyid: id, sig: sign(null, content, key).toString("base64") }));
  return { ...signed, signatures: [...signed.signatures, ...added] };
};

/** The payload of an envelope as bytes. */
export const payloadOf = ({ payload }: Envelope): Buffer => bytesOf(payload);

/** The ids of the given keys that have signed an envelope, each of them once. */
export const signersOf = (signed: Envelope, keys: readonly PublicKey[]): string[] => {
  const content = preAuthEncoding(signed.payloadType, payloadOf(signed));
  const byId = new Map(keys.map((key) => [key.id, key]));
  const valid = signed.signatures.filter(({ keyid, sig }) => {
    const key = byId.get(keyid);
    return key !== undefined && verify(null, content, keyObjectOf(key), bytesOf(sig));
  });
  return [...new Set(valid.map(({ keyid }) => keyid))];
};

const keyObjectOf = ({ public: raw }: PublicKey): KeyObject =>
  createPublicKey({
    key: { kty: "OKP", crv: "Ed25519", x: bytesOf(raw).toString("base64url") },
    format: "jwk",
  });

/** Fails with `invalid_request` unless at least `threshold` of the keys have signed. */
export const requireSigners = (
  signed: Envelope,
  { keys, threshold }: { readonly keys: readonly PublicKey[]; readonly threshold: number },
  what: string,
): void => {
  const count = signersOf(signed, keys).length;
  if (count >= threshold) return;
  throw new Failure(
    `${what} has ${count} valid signatures of the ${threshold} that the signing keys require`,
    { code: "invalid_request", details: { reason: "wrong_signature" } },
  );
};
