import { generateKeyPair, type KeyObject, sign } from "node:crypto";
import { promisify } from "node:util";

/** A new private key, and the certificate signing request for it; both in PEM. */
export interface KeyAndRequest {
  readonly privateKey: string;
  readonly csr: string;
}

const generate = promisify(generateKeyPair);

/** Makes a P-256 key and a signing request (PKCS #10, RFC 2986) for it. The subject is of no importance to IoT Core. */
export const newRequest = async (): Promise<KeyAndRequest> => {
  const { publicKey, privateKey } = await generate("ec", { namedCurve: "P-256" });
  const info = requestInfo(publicKey);
  const signature = sign("sha256", info, privateKey);
  const der = sequence(info, ecdsaWithSha256, element(0x03, Buffer.from([0]), signature));
  return {
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    csr: inPem(der),
  };
};

/** An element of the Distinguished Encoding Rules (X.690). All lengths here are below 65,536. */
const element = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  const { length } = content;
  const digits = length < 0x80 ? [length] : [0x82, length >> 8, length & 0xff];
  const header = length >= 0x80 && length < 0x100 ? [0x81, length] : digits;
  return Buffer.concat([Buffer.from([tag, ...header]), content]);
};

const sequence = (...parts: readonly Buffer[]): Buffer => element(0x30, ...parts);

const objectId = (hex: string): Buffer => element(0x06, Buffer.from(hex, "hex"));

// 1.2.840.10045.4.3.2 (RFC 5758) and 2.5.4.3 (RFC 5280).
const ecdsaWithSha256 = sequence(objectId("2a8648ce3d040302"));
const commonName = objectId("550403");

/** Version 0, a subject, the public key, and no attributes. */
const requestInfo = (publicKey: KeyObject): Buffer =>
  sequence(
    element(0x02, Buffer.from([0])),
    sequence(element(0x31, sequence(commonName, element(0x0c, Buffer.from("device"))))),
    publicKey.export({ type: "spki", format: "der" }),
    element(0xa0),
  );

const inPem = (der: Buffer): string => {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  const label = "CERTIFICATE REQUEST";
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
};
