import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import * as der from "../../../../local/iot/certificate/der.ts";

const algorithms = {
  ec: "1.2.840.10045.4.3.2",
  rsa: "1.2.840.113549.1.1.11",
  sha1: "1.2.840.10045.4.1",
};

interface Keys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export const newKeys = (namedCurve = "P-256"): Keys => generateKeyPairSync("ec", { namedCurve });

export const newRsaKeys = (modulusLength = 2_048): Keys =>
  generateKeyPairSync("rsa", { modulusLength });

/** A PKCS #10 request for a key (RFC 2986), signed by its owner unless another signs. */
export const signingRequest = (
  { publicKey, privateKey }: Keys,
  by: { key?: KeyObject; algorithm?: keyof typeof algorithms } = {},
): string => {
  const { key = privateKey, algorithm = publicKey.asymmetricKeyType as "ec" | "rsa" } = by;
  const commonName = der.sequence(der.objectId("2.5.4.3"), der.utf8String("device"));
  const info = der.sequence(
    der.integer(Buffer.from([0])),
    der.sequence(der.set(commonName)),
    publicKey.export({ type: "spki", format: "der" }),
    der.explicit(0, Buffer.alloc(0)),
  );
  const signature = sign("sha256", info, key);
  const id = der.sequence(der.objectId(algorithms[algorithm]));
  return inPem(der.sequence(info, id, der.bitString(signature)));
};

export const inPem = (bytes: Buffer): string => {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return [
    "-----BEGIN CERTIFICATE REQUEST-----",
    ...lines,
    "-----END CERTIFICATE REQUEST-----",
    "",
  ].join("\n");
};
