import { createHash, type KeyObject, randomBytes, sign, X509Certificate } from "node:crypto";
import * as der from "./der.ts";

/** The issuer of certificates: its name and its key. */
export interface Issuer {
  readonly name: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export interface CertificateRequest {
  /** The common name. */
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly use: "authority" | "server" | "client";
  /** For a server: its DNS names and IP addresses. */
  readonly names?: readonly string[];
  readonly addresses?: readonly string[];
}

// RFC 5280 and RFC 5480.
const ids = {
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  commonName: "2.5.4.3",
  subjectKeyId: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyId: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
} as const;

const validYears = 25;
/** Tolerates devices whose clock is behind. */
const backdatedMs = 86_400_000;

/** Issues an X.509 v3 certificate in PEM, signed by ECDSA with SHA-256. */
export const issue = (request: CertificateRequest, issuer: Issuer): string => {
  const algorithm = der.sequence(der.objectId(ids.ecdsaWithSha256));
  const body = der.sequence(
    der.explicit(0, der.integer(Buffer.from([2]))),
    der.integer(serialNumber()),
    algorithm,
    name(issuer.name),
    validity(new Date()),
    name(request.subject),
    spki(request.publicKey),
    der.explicit(3, der.sequence(...extensions(request, issuer))),
  );
  const signature = sign("sha256", body, issuer.privateKey);
  return new X509Certificate(der.sequence(body, algorithm, der.bitString(signature))).toString();
};

/** IoT Core's certificate id: the SHA-256 of the DER form, in hex. */
export const certificateId = (raw: Buffer): string =>
  createHash("sha256").update(raw).digest("hex");

// Maximum 20 bytes and positive (RFC 5280, 4.1.2.2); the set bit prevents a leading zero byte.
const serialNumber = (): Buffer => {
  const bytes = randomBytes(16);
  bytes[0] = 0x40 | ((bytes[0] ?? 0) & 0x3f);
  return bytes;
};

const name = (commonName: string): Buffer =>
  der.sequence(der.set(der.sequence(der.objectId(ids.commonName), der.utf8String(commonName))));

const validity = (now: Date): Buffer => {
  const end = new Date(now);
  end.setUTCFullYear(end.getUTCFullYear() + validYears);
  const start = new Date(now.getTime() - backdatedMs);
  return der.sequence(der.time(start), der.time(end));
};

const spki = (key: KeyObject): Buffer => key.export({ type: "spki", format: "der" });

const keyId = (key: KeyObject): Buffer => createHash("sha1").update(spki(key)).digest();

const extension = (id: string, content: Buffer, critical = false): Buffer =>
  der.sequence(der.objectId(id), ...(critical ? [der.derTrue] : []), der.octetString(content));

const extensions = (request: CertificateRequest, issuer: Issuer): Buffer[] => [
  extension(ids.subjectKeyId, der.octetString(keyId(request.publicKey))),
  extension(ids.authorityKeyId, der.sequence(der.implicit(0, keyId(issuer.publicKey)))),
  ...(request.use === "authority" ? authorityExtensions() : leafExtensions(request)),
];

// Key usage is a bit string; bit 0 (digitalSignature) is the highest bit of the first byte.
const certificateAndCrlSign = der.bitString(Buffer.from([0b0000_0110]), 1);
const digitalSignature = der.bitString(Buffer.from([0b1000_0000]), 7);

const authorityExtensions = (): Buffer[] => [
  extension(ids.basicConstraints, der.sequence(der.derTrue), true),
  extension(ids.keyUsage, certificateAndCrlSign, true),
];

const leafExtensions = ({ use, names = [], addresses = [] }: CertificateRequest): Buffer[] => [
  extension(ids.basicConstraints, der.sequence(), true),
  extension(ids.keyUsage, digitalSignature, true),
  extension(
    ids.extendedKeyUsage,
    der.sequence(der.objectId(use === "server" ? ids.serverAuth : ids.clientAuth)),
  ),
  ...(use === "server" ? [extension(ids.subjectAltName, altNames(names, addresses))] : []),
];

const altNames = (names: readonly string[], addresses: readonly string[]): Buffer =>
  der.sequence(
    ...names.map((dns) => der.implicit(2, Buffer.from(dns))),
    ...addresses.map((address) => der.implicit(7, addressBytes(address))),
  );

const addressBytes = (address: string): Buffer =>
  address === "::1"
    ? Buffer.concat([Buffer.alloc(15), Buffer.from([1])])
    : Buffer.from(address.split(".").map(Number));
