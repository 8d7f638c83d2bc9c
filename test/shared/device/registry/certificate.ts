import { generateKeyPairSync } from "node:crypto";
import { issue } from "../../../../local/iot/certificate/x509.ts";

/** A self-signed server certificate for 127.0.0.1, in PEM. */
export const selfSigned = (): { cert: string; key: string } => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const cert = issue(
    { subject: "127.0.0.1", publicKey, use: "server", addresses: ["127.0.0.1"] },
    { name: "127.0.0.1", privateKey, publicKey },
  );
  return { cert, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
};
