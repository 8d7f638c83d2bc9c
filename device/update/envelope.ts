import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { signaturesMax, signedDocumentCharsMax } from "../limits.ts";
import { isObject } from "../platform/json.ts";

/**
 * A signed document: an envelope of DSSE (Dead Simple Signing Envelope,
 * https://github.com/secure-systems-lab/dsse).
 */
export interface Envelope {
  readonly payloadType: string;
  readonly payload: Buffer;
  readonly signatures: readonly Signature[];
}

interface Signature {
  readonly keyId: string;
  readonly bytes: Buffer;
}

/** A public key that may sign, by its id. */
export interface SigningKey {
  /** SHA-256 of the 32 bytes of the public key, in hex. */
  readonly id: string;
  readonly key: KeyObject;
}

/** Reads an envelope from parsed JSON. Returns `undefined` for anything else. */
export const parseEnvelope = (value: unknown): Envelope | undefined => {
  if (!isObject(value)) return undefined;
  const { payloadType, payload, signatures } = value;
  if (typeof payloadType !== "string" || !Array.isArray(signatures)) return undefined;
  if (signatures.length > signaturesMax) return undefined;
  const bytes = parseBase64(payload);
  if (bytes === undefined) return undefined;
  return { payloadType, payload: bytes, signatures: signatures.flatMap(parseSignature) };
};

const parseSignature = (value: unknown): Signature[] => {
  if (!isObject(value) || typeof value.keyid !== "string") return [];
  const bytes = parseBase64(value.sig);
  return bytes === undefined ? [] : [{ keyId: value.keyid, bytes }];
};

/** Decodes standard base64 with padding. Returns `undefined` for any other text. */
export const parseBase64 = (text: unknown): Buffer | undefined => {
  if (typeof text !== "string" || text.length > signedDocumentCharsMax) return undefined;
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
};

/** The bytes that the signatures cover: the pre-authentication encoding of DSSE. */
export const signedBytes = ({ payloadType, payload }: Omit<Envelope, "signatures">): Buffer => {
  const header = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(header), payload]);
};

/** The DER encoding of an Ed25519 public key (RFC 8410), before its 32 bytes. */
const ed25519Prefix = Buffer.from("302a300506032b6570032100", "hex");

/** Reads a raw Ed25519 public key. */
export const readPublicKey = (raw: Buffer): KeyObject =>
  createPublicKey({ key: Buffer.concat([ed25519Prefix, raw]), format: "der", type: "spki" });

/** Returns the number of distinct keys with a valid signature on an envelope. */
export const countSigners = (envelope: Envelope, keys: readonly SigningKey[]): number => {
  const bytes = signedBytes(envelope);
  const signers = keys.filter(({ id, key }) =>
    envelope.signatures.some(
      (signature) =>
        signature.keyId === id &&
        signature.bytes.length === 64 &&
        verify(undefined, bytes, key, signature.bytes),
    ),
  );
  return new Set(signers.map(({ id }) => id)).size;
};
