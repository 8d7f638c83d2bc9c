import { generateKeyPairSync } from "node:crypto";
import { issue } from "../../../../local/iot/certificate/x509.ts";

/** A server's certificate for 127.0.0.1 that nobody but itself vouches for. PEM text. */
export const selfSigned = (): { cert: string; key: string } => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const cert = issue(
    { subject: "127.0.0.1", publicKey, use: "server", addresses: ["127.0.0.1"] },
    { name: "127.0.0.1", privateKey, publicKey },
  );
  return { cert, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
};
