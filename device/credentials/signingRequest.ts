import { createPublicKey, sign } from "node:crypto";

/** The ASN.1 types that a request is made of, in the Distinguished Encoding Rules (X.690). */
const tags = {
  integer: 0x02,
  bitString: 0x03,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
} as const;
const noAttributes = Buffer.from([0xa0, 0x00]);
/** 2.5.4.3 (RFC 5280). */
const commonName = Buffer.from("0603550403", "hex");
/** ecdsa-with-SHA256, 1.2.840.10045.4.3.2 (RFC 5758). */
const ecdsaWithSha256 = Buffer.from("06082a8648ce3d040302", "hex");

/**
 * A certificate signing request (PKCS #10, RFC 2986) in PEM: of a key (PEM) on the curve P-256, signed by it. The subject is
 * `CN=` the name. Node makes keys and signatures, but no requests.
 */
export const signingRequest = (name: string, privateKey: string): string => {
  const publicKey = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  const subject = sequence(
    element(tags.set, sequence(commonName, element(tags.utf8String, Buffer.from(name)))),
  );
  const version = element(tags.integer, Buffer.from([0]));
  const info = sequence(version, subject, publicKey, noAttributes);
  const signature = Buffer.concat([Buffer.from([0]), sign("sha256", info, privateKey)]);
  return inPem(sequence(info, sequence(ecdsaWithSha256), element(tags.bitString, signature)));
};

const sequence = (...parts: readonly Buffer[]): Buffer =>
  element(tags.sequence, Buffer.concat(parts));

const element = (tag: number, content: Buffer): Buffer =>
  Buffer.concat([Buffer.from([tag, ...lengthOf(content.length)]), content]);

const lengthOf = (bytes: number): number[] => {
  if (bytes < 0x80) return [bytes];
  return bytes < 0x100 ? [0x81, bytes] : [0x82, bytes >> 8, bytes & 0xff];
};

const inPem = (bytes: Buffer): string => {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  const label = "CERTIFICATE REQUEST";
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
};
