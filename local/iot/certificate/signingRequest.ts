import { createPublicKey, type KeyObject, verify } from "node:crypto";
import * as der from "./der.ts";
import { type DerElement, DerError, readDer } from "./derReader.ts";

/** A certificate signing request that IoT Core would reject. */
export class SigningRequestError extends Error {
  override readonly name = "BadSigningRequest";
}

const sequenceTag = 0x30;
const bitStringTag = 0x03;

// RFC 5758 and RFC 8017.
const digests = [
  { id: "1.2.840.10045.4.3.2", key: "ec", digest: "sha256" },
  { id: "1.2.840.10045.4.3.3", key: "ec", digest: "sha384" },
  { id: "1.2.840.113549.1.1.11", key: "rsa", digest: "sha256" },
  { id: "1.2.840.113549.1.1.12", key: "rsa", digest: "sha384" },
  { id: "1.2.840.113549.1.1.13", key: "rsa", digest: "sha512" },
].map(({ id, ...algorithm }) => ({ id: der.objectId(id), ...algorithm }));

const curves: readonly (string | undefined)[] = ["prime256v1", "secp384r1"];
const rsaBitsMin = 2_048;
/** Larger keys take long to verify, here and in every handshake. */
const rsaBitsMax = 8_192;

/**
 * The public key of a PKCS #10 request in PEM, after its signature proved possession of the private
 * key. Fails with a `SigningRequestError`. The request's subject and attributes are ignored.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_CreateCertificateFromCsr.html
 */
export const publicKeyOf = (pem: string): KeyObject => {
  try {
    return verifiedKey(bytesOf(pem));
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw new SigningRequestError(`the request is malformed: ${error.message}`, { cause: error });
  }
};

const pemPattern =
  /^\s*-----BEGIN (NEW )?CERTIFICATE REQUEST-----\s([A-Za-z0-9+/=\s]+)-----END \1?CERTIFICATE REQUEST-----\s*$/;

const bytesOf = (pem: string): Buffer => {
  const base64 = pemPattern.exec(pem)?.[2];
  if (base64 === undefined) throw new DerError("not a PEM-encoded request");
  return Buffer.from(base64, "base64");
};

// RFC 2986, section 4.2: the signed content, the algorithm, and the signature.
const verifiedKey = (bytes: Buffer): KeyObject => {
  const [request, ...trailing] = readDer(bytes);
  if (trailing.length > 0) throw new DerError("trailing data");
  const [info, algorithm, signature, ...others] = inside(request);
  if (others.length > 0 || signature?.tag !== bitStringTag || signature.content[0] !== 0) {
    throw new DerError("missing signature");
  }
  const [, , spki] = inside(info);
  const key = keyOf(spki);
  const [id] = inside(algorithm);
  const known = digests.find(
    (one) => id?.encoded.equals(one.id) && one.key === key.asymmetricKeyType,
  );
  if (known === undefined)
    throw new SigningRequestError("the signature algorithm is not supported");
  const signed = info?.encoded ?? Buffer.alloc(0);
  if (!verify(known.digest, signed, key, signature.content.subarray(1))) {
    throw new SigningRequestError("the request is not signed by its own key");
  }
  return key;
};

const inside = (element: DerElement | undefined): DerElement[] => {
  if (element?.tag !== sequenceTag) throw new DerError("expected a sequence");
  return readDer(element.content);
};

const keyOf = (spki: DerElement | undefined): KeyObject => {
  const key = importKey(spki?.encoded ?? Buffer.alloc(0));
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  const isSupported =
    key.asymmetricKeyType === "rsa"
      ? modulusLength >= rsaBitsMin && modulusLength <= rsaBitsMax
      : key.asymmetricKeyType === "ec" && curves.includes(namedCurve);
  if (isSupported) return key;
  throw new SigningRequestError(
    `the key must be RSA with ${rsaBitsMin} to ${rsaBitsMax} bits, P-256 or P-384`,
  );
};

const importKey = (spki: Buffer): KeyObject => {
  try {
    return createPublicKey({ key: spki, format: "der", type: "spki" });
  } catch (cause) {
    throw new SigningRequestError("the request has no valid public key", { cause });
  }
};
