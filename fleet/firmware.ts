import { createHash, generateKeyPairSync } from "node:crypto";
import { type Envelope, type SigningKey, signEnvelope } from "#shared/firmware/signing/envelope.ts";
import { type KeyDocument, keyDocumentType } from "#shared/firmware/signing/keyDocument.ts";
import { type Manifest, manifestType } from "#shared/firmware/signing/manifest.ts";
import { joinSignedImage } from "#shared/firmware/signing/signedImage.ts";

/** The owner of the firmware: a signing key and its document. */
export interface Owner {
  readonly document: Envelope;
  /** Signs an image, as `npm run firmware -- sign` does. */
  sign(image: Buffer, version: number): Buffer;
}

/** The platform of the simulated devices. */
export const platform = "fleet-simulator";

const validMs = 86_400_000;

export const createOwner = (product: number): Owner => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  const id = createHash("sha256").update(raw).digest("hex");
  const key: SigningKey = { id, key: privateKey };
  const keys = [{ id, public: raw.toString("base64") }];
  const document: KeyDocument = { product, number: 1, threshold: 1, keys };
  return {
    document: signEnvelope(keyDocumentType, document, [key]),
    sign(image, version) {
      const manifest: Manifest = {
        product,
        version,
        size: image.length,
        sha256: createHash("sha256").update(image).digest("hex"),
        sequence: version,
        platform,
        expires: new Date(Date.now() + validMs).toISOString(),
      };
      return joinSignedImage({ image, signed: signEnvelope(manifestType, manifest, [key]) });
    },
  };
};
