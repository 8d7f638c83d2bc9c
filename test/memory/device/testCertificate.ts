import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { issue } from "../../../local/iot/certificate/x509.ts";

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const made = new Map<string, string>();

/** The private key of every test certificate, in PEM. */
export const testKey = privateKey.export({ type: "pkcs8", format: "pem" }).toString();

/** A certificate in PEM, the same each time for the same subject. */
export const testCertificate = (subject: string): string => {
  const known = made.get(subject);
  if (known !== undefined) return known;
  const issuer = { name: "test", privateKey: createPrivateKey(testKey), publicKey };
  const subjectKey = createPublicKey(testKey);
  const certificate = issue({ subject, publicKey: subjectKey, use: "client" }, issuer);
  made.set(subject, certificate);
  return certificate;
};
