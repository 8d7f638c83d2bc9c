import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { signedBytes } from "../../../device/update/envelope.ts";

/** A key of an owner of firmware. */
export interface OwnerKey {
  readonly id: string;
  /** Raw public key, base64. */
  readonly public: string;
  readonly privateKey: KeyObject;
}

export const ownerKey = (): OwnerKey => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  const id = createHash("sha256").update(raw).digest("hex");
  return { id, public: raw.toString("base64"), privateKey };
};

export interface SignedDocument {
  readonly payloadType: string;
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

/** Signs a document with each of the keys. */
export const signDocument = (
  payloadType: string,
  content: object,
  keys: readonly OwnerKey[],
): SignedDocument => {
  const payload = Buffer.from(JSON.stringify(content));
  const bytes = signedBytes({ payloadType, payload });
  return {
    payloadType,
    payload: payload.toString("base64"),
    signatures: keys.map(({ id, privateKey }) => ({
      keyid: id,
      sig: sign(null, bytes, privateKey).toString("base64"),
    })),
  };
};

export const keysType = "application/vnd.godwit.firmware-keys+json";
export const manifestType = "application/vnd.godwit.firmware+json";

/** A key document, signed by its own keys and those of the document before it. */
export const keyDocument = (
  keys: readonly OwnerKey[],
  {
    number = 1,
    threshold = 1,
    product = 7,
    signers = keys,
    expires,
  }: {
    number?: number;
    threshold?: number;
    product?: number;
    signers?: readonly OwnerKey[];
    expires?: string;
  } = {},
): SignedDocument =>
  signDocument(
    keysType,
    {
      product,
      number,
      threshold,
      keys: keys.map(({ id, public: raw }) => ({ id, public: raw })),
      expires,
    },
    signers,
  );

export const sha256 = (bytes: Uint8Array): string =>
  createHash("sha256").update(bytes).digest("hex");

/** The fields of a manifest of an image, valid for product 7 until 2100. */
export const manifestOf = (image: Uint8Array, version: number, changes: object = {}) => ({
  product: 7,
  version,
  size: image.length,
  sha256: sha256(image),
  sequence: version,
  expires: "2100-01-01T00:00:00.000Z",
  ...changes,
});

/** The command `update` for an image. */
export const offerOf = (
  image: Uint8Array,
  version: number,
  keys: readonly OwnerKey[],
  {
    manifest = {},
    ...changes
  }: { readonly manifest?: object; readonly [field: string]: unknown } = {},
) => {
  const content = manifestOf(image, version, manifest);
  return {
    command: "update",
    release: `r${version}`,
    product: content.product,
    version: content.version,
    manifest: signDocument(manifestType, content, keys),
    keys: [],
    size: content.size,
    sha256: content.sha256,
    delay: 0,
    forced: false,
    ...changes,
  };
};
