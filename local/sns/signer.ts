import { createHash, generateKeyPair, type KeyObject, sign } from "node:crypto";
import { promisify } from "node:util";

const generate = promisify(generateKeyPair);

/** Signs messages, and has the certificate with which a receiver checks them. */
export interface Signer {
  /** The path of the certificate below SNS's public URL. */
  readonly path: string;
  readonly certificate: string;
  /** The signature in base64. */
  sign(text: string, version: "1" | "2"): string;
}

/**
 * Makes a key for this start. RSA, as SNS's: version 1 of the signature uses SHA-1, version 2
 * SHA-256. https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
 */
export const newSigner = async (certify: (publicKey: KeyObject) => string): Promise<Signer> => {
  const { publicKey, privateKey } = await generate("rsa", { modulusLength: 2_048 });
  const certificate = certify(publicKey);
  const digest = createHash("sha256").update(certificate).digest("hex").slice(0, 32);
  return {
    path: `/SimpleNotificationService-${digest}.pem`,
    certificate,
    sign: (text, version) =>
      sign(version === "1" ? "sha1" : "sha256", Buffer.from(text), privateKey).toString("base64"),
  };
};
