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
 * The signer of this start. Its key is made when it is first needed: that takes 0.1 s of processor
 * time. RSA, as SNS's: version 1 of the signature uses SHA-1, version 2 SHA-256.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
 */
export const openSigner = (certify: Certify): (() => Promise<Signer>) => {
  let made: Promise<Signer> | undefined;
  return () => {
    made ??= newSigner(certify);
    return made;
  };
};

type Certify = (publicKey: KeyObject) => string;

const newSigner = async (certify: Certify): Promise<Signer> => {
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
