import { createHash, generateKeyPairSync } from "node:crypto";
import { type Envelope, type SigningKey, signEnvelope } from "#shared/firmware/signing/envelope.ts";
import {
  type KeyDocument,
  keyDocumentType,
  keyIdOf,
} from "#shared/firmware/signing/keyDocument.ts";
import { type Manifest, manifestType } from "#shared/firmware/signing/manifest.ts";

/** A signing key with its public half. */
export interface TestKey extends SigningKey {
  readonly public: string;
}

export const newKey = (): TestKey => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const { x = "" } = publicKey.export({ format: "jwk" });
  const raw = Buffer.from(x, "base64url").toString("base64");
  return { id: keyIdOf(raw), key: privateKey, public: raw };
};

export const product = 123_456_789;

/** A key document of the given keys. */
export const keyDocumentOf = (
  keys: readonly TestKey[],
  given: Partial<KeyDocument> = {},
): KeyDocument => ({
  product,
  number: 1,
  threshold: 1,
  keys: keys.map(({ id, public: raw }) => ({ id, public: raw })),
  ...given,
});

export const signKeys = (document: KeyDocument, keys: readonly SigningKey[]): Envelope =>
  signEnvelope(keyDocumentType, document, keys);

/** The manifest of an image. */
export const manifestOf = (image: Buffer, given: Partial<Manifest> = {}): Manifest => ({
  product,
  version: 2,
  size: image.length,
  sha256: createHash("sha256").update(image).digest("hex"),
  sequence: 1,
  expires: "2030-01-01T00:00:00.000Z",
  ...given,
});

export const signManifest = (manifest: Manifest, keys: readonly SigningKey[]): Envelope =>
  signEnvelope(manifestType, manifest, keys);
