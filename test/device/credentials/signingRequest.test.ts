import { execFileSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { signingRequest } from "../../../device/credentials/signingRequest.ts";
import { publicKeyOf } from "../../../local/iot/certificate/signingRequest.ts";

const newKey = () =>
  generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  }).privateKey;

/** Returns the output of a program; `undefined` if it is not installed. */
const run = (program: string, args: readonly string[], input: string): string | undefined => {
  try {
    return execFileSync(program, args, { input, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
};

describe("a signing request of the device", () => {
  it.each(["0123456789abcdef01234567", "a", "x".repeat(100), "x".repeat(300)])(
    "contains the key and its signature: %s",
    (name) => {
      const key = newKey();
      const spki = { type: "spki", format: "pem" } as const;
      const found = publicKeyOf(signingRequest(name, key)).export(spki);
      expect(found).toBe(createPublicKey(key).export(spki));
    },
  );

  it("is verified by OpenSSL", () => {
    const request = signingRequest("0123456789abcdef01234567", newKey());
    const shown = run("openssl", ["req", "-noout", "-verify", "-text"], request);
    if (shown === undefined) return;
    expect(shown).toMatch(/Subject: CN ?= ?0123456789abcdef01234567/);
    expect(shown).toContain("ecdsa-with-SHA256");
  });
});
