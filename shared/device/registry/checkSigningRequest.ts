import { createPublicKey, type KeyObject, verify } from "node:crypto";
import * as z from "zod/mini";
import { signingRequestBytesMax } from "./limits.ts";

const invalid = {
  pem: "is not one PKCS#10 request in PEM",
  der: "cannot be read: the encoding is damaged",
  key: "has no public key that IoT Core takes: RSA of 2,048 bits or more, P-256, P-384 or P-521",
  algorithm: "is signed with an algorithm other than SHA-256, SHA-384 or SHA-512",
  signature: "is not signed by its own key",
} as const;

class Invalid extends Error {
  override readonly name = "Invalid";
}

/**
 * Checks a certificate signing request (PKCS #10, RFC 2986) in PEM: its encoding, the kind of its
 * key, and that its signature was made with that key. Resolves to the error as the end of a
 * sentence, or to `undefined` for a valid request.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_CreateCertificateFromCsr.html
 */
export const checkSigningRequest = (pem: string): string | undefined => {
  try {
    verifyRequest(derOf(pem));
    return undefined;
  } catch (error) {
    if (error instanceof Invalid) return error.message;
    throw error;
  }
};

// Linear: no two parts that follow one another match the same character.
const pemPattern =
  /^-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----\s([A-Za-z0-9+/=\s]*)-----END (?:NEW )?CERTIFICATE REQUEST-----$/;

const derOf = (pem: string): Buffer => {
  const base64 = pemPattern.exec(pem.trim())?.[1]?.replace(/\s+/g, "");
  if (base64 === undefined || base64 === "") throw new Invalid(invalid.pem);
  const der = Buffer.from(base64, "base64");
  if (der.toString("base64") !== base64) throw new Invalid(invalid.pem);
  return der;
};

interface Element {
  readonly tag: number;
  readonly content: Buffer;
  readonly encoded: Buffer;
}

const tags = { bitString: 0x03, objectId: 0x06, sequence: 0x30 };

/** The elements of a DER encoding (X.690) that follow one another. */
const elementsOf = (bytes: Buffer): Element[] => {
  const elements: Element[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    const { tag, start, size } = headerOf(rest);
    const end = start + size;
    if (end > rest.length) throw new Invalid(invalid.der);
    elements.push({ tag, content: rest.subarray(start, end), encoded: rest.subarray(0, end) });
    rest = rest.subarray(end);
  }
  return elements;
};

/** Longer lengths than four bytes do not occur in a request of bounded size. */
const lengthBytesMax = 4;

const headerOf = (bytes: Buffer): { tag: number; start: number; size: number } => {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined) throw new Invalid(invalid.der);
  if (first < 0x80) return { tag, start: 2, size: first };
  const digits = first & 0x7f;
  if (digits === 0 || digits > lengthBytesMax || bytes.length < 2 + digits) {
    throw new Invalid(invalid.der);
  }
  return { tag, start: 2 + digits, size: bytes.readUIntBE(2, digits) };
};

const inside = (element: Element | undefined): Element[] => {
  if (element?.tag !== tags.sequence) throw new Invalid(invalid.der);
  return elementsOf(element.content);
};

// RFC 5758 and RFC 8017: object identifiers in DER, without tag and length.
const digests = new Map([
  ["2a8648ce3d040302", { key: "ec", digest: "sha256" }],
  ["2a8648ce3d040303", { key: "ec", digest: "sha384" }],
  ["2a8648ce3d040304", { key: "ec", digest: "sha512" }],
  ["2a864886f70d01010b", { key: "rsa", digest: "sha256" }],
  ["2a864886f70d01010c", { key: "rsa", digest: "sha384" }],
  ["2a864886f70d01010d", { key: "rsa", digest: "sha512" }],
]);

/** RFC 2986, section 4.2: the request information, the algorithm, and the signature. */
const verifyRequest = (der: Buffer): void => {
  const [request, ...more] = elementsOf(der);
  const [info, algorithm, signature, ...others] = inside(request);
  if (more.length + others.length > 0 || info === undefined) throw new Invalid(invalid.der);
  if (signature?.tag !== tags.bitString || signature.content[0] !== 0) {
    throw new Invalid(invalid.der);
  }
  const key = publicKeyOf(inside(info)[2]);
  const [id] = inside(algorithm);
  const known = id?.tag === tags.objectId ? digests.get(id.content.toString("hex")) : undefined;
  if (known?.key !== key.asymmetricKeyType) throw new Invalid(invalid.algorithm);
  if (!verify(known?.digest, info.encoded, key, signature.content.subarray(1))) {
    throw new Invalid(invalid.signature);
  }
};

const curves: readonly (string | undefined)[] = ["prime256v1", "secp384r1", "secp521r1"];
const rsaBitsMin = 2_048;
/** A larger key takes long to verify, here and at each handshake. */
const rsaBitsMax = 8_192;

const publicKeyOf = (spki: Element | undefined): KeyObject => {
  const key = importKey(spki?.encoded ?? Buffer.alloc(0));
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  const isTaken =
    key.asymmetricKeyType === "rsa"
      ? modulusLength >= rsaBitsMin && modulusLength <= rsaBitsMax
      : key.asymmetricKeyType === "ec" && curves.includes(namedCurve);
  if (!isTaken) throw new Invalid(invalid.key);
  return key;
};

const importKey = (spki: Buffer): KeyObject => {
  try {
    return createPublicKey({ key: spki, format: "der", type: "spki" });
  } catch {
    throw new Invalid(invalid.key);
  }
};

/** A certificate signing request (PKCS #10) in PEM. */
export const signingRequest = z.string().check(
  z.maxLength(signingRequestBytesMax),
  z.refine((text) => text.includes("-----BEGIN"), "must be a PKCS#10 request in PEM"),
);
