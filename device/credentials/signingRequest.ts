import { createPublicKey, generateKeyPair, sign } from "node:crypto";
import { promisify } from "node:util";

/** ASN.1 tags of the types in a request, for the Distinguished Encoding Rules (X.690). */
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

/** A private key and the certificate signing request for it, both PEM. */
export interface KeyAndRequest {
  readonly privateKey: string;
  readonly csr: string;
}

const generate = promisify(generateKeyPair);

/** Generates a P-256 key and its signing request. IoT Core ignores the subject, `CN=<name>`. */
export const createKeyAndRequest = async (name = "device"): Promise<KeyAndRequest> => {
  const keys = await generate("ec", { namedCurve: "P-256" });
  const privateKey = keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { privateKey, csr: signingRequest(name, privateKey) };
};

/**
 * Creates a certificate signing request (PKCS #10, RFC 2986) in PEM, with the subject `CN=<name>`,
 * for a P-256 key (PEM) that also signs it. Node.js has no function for signing requests.
 */
export const signingRequest = (name: string, privateKey: string): string => {
  const publicKey = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  const subject = sequence(
    element(tags.set, sequence(commonName, element(tags.utf8String, Buffer.from(name)))),
  );
  const version = element(tags.integer, Buffer.from([0]));
  const info = sequence(version, subject, publicKey, noAttributes);
  const signature = Buffer.concat([Buffer.from([0]), sign("sha256", info, privateKey)]);
  return toPem(sequence(info, sequence(ecdsaWithSha256), element(tags.bitString, signature)));
};

const sequence = (...parts: readonly Buffer[]): Buffer =>
  element(tags.sequence, Buffer.concat(parts));

const element = (tag: number, content: Buffer): Buffer =>
  Buffer.concat([Buffer.from([tag, ...encodeLength(content.length)]), content]);

/** Lengths below 65,536. */
const encodeLength = (bytes: number): number[] => {
  if (bytes < 0x80) return [bytes];
  return bytes < 0x100 ? [0x81, bytes] : [0x82, bytes >> 8, bytes & 0xff];
};

const toPem = (bytes: Buffer): string => {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  const label = "CERTIFICATE REQUEST";
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
};
