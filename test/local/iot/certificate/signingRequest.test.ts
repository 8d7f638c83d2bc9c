import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as der from "../../../../local/iot/certificate/der.ts";
import { readDer } from "../../../../local/iot/certificate/derReader.ts";
import { publicKeyOf } from "../../../../local/iot/certificate/signingRequest.ts";
import { inPem, newKeys, newRsaKeys, signingRequest } from "../support/signingRequest.ts";

// `openssl req -new -key … -subj /CN=device/O=Example`, with OpenSSL 3, and the public keys.
const made = {
  ec: {
    request: `-----BEGIN CERTIFICATE REQUEST-----
MIHfMIGFAgEAMCMxDzANBgNVBAMMBmRldmljZTEQMA4GA1UECgwHRXhhbXBsZTBZ
MBMGByqGSM49AgEGCCqGSM49AwEHA0IABGfXXFmiwb7gDaT/4M7pLHC4pNF6EkWa
rY63vS/SCUdCe30LUZmmI5XaRav1cSSjrHN/VGN1PwgObtAg4kfWdjCgADAKBggq
hkjOPQQDAgNJADBGAiEAruHxE2S0Q5wYT7OudVg4o315SmfdGD76Mba+0axoAvUC
IQC60XWqyXV7100temK4OTSfcJkSuER51d65W9GBfKfHEA==
-----END CERTIFICATE REQUEST-----
`,
    key: `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZ9dcWaLBvuANpP/gzukscLik0XoS
RZqtjre9L9IJR0J7fQtRmaYjldpFq/VxJKOsc39UY3U/CA5u0CDiR9Z2MA==
-----END PUBLIC KEY-----
`,
  },
  rsa: {
    request: `-----BEGIN CERTIFICATE REQUEST-----
MIICVjCCAT4CAQAwETEPMA0GA1UEAwwGZGV2aWNlMIIBIjANBgkqhkiG9w0BAQEF
AAOCAQ8AMIIBCgKCAQEArZc7c71xEkc4WaM0irJ6yqEEQKm8WUexWIX+pn9oDaDF
LAtiVESDQnb9lJLojd41Vtcg1tAworLx8DuO2bmlgf/Jd8Tbt0AhPS0lEA8FnIMM
E9medoz5zV1809t4yGJTWoY1xdRShtYN73Ujt5jaZ2c7W51UrwPM82EkAO+WFTWn
lOG1HPPB0x/X5RK+x1YXY37kJCKN/RTFrJv2f3thR6GYMCBBC5x9T0s3zzPivLrR
iXwzeAyXhtbGJKl/Y8/PLiOcynVtLHYrVE5BCFvlbC33Xuz3g7qVCWp0TuL9K4J7
Z260H7+T7hHmnqpzs8772PfmKlIrFKqDr3Kthd3bqwIDAQABoAAwDQYJKoZIhvcN
AQELBQADggEBAGcQS9KbaOEDV3rb63suOBVqtiVwmkDgiiiwwbV79b8kCF8xQj3z
iMrmpNuGwRlIBWIA6okh5mkTIHXvLxmODs82nhq8RD48Vu9VUYD/dVrlzltSsfvH
sy/vlqRKiK9AMTseyUEMFUMtYVRLHH1QVe+aOLjjiq7y9IZ2qpnnU0a2JdrljPTG
+2coNOqEWhZLMKSiApx4bul0e7RHPrJprofcKBADiPB5dgLINeBvK/KUDcE+u9/A
Ue78j8gIpi7NnJK+kuG514pdzaI4AhbWTNIUr1MvBr0BJkDRaN+IBOEeqsw+FqAy
FgKg7sZZVxmvfvMC7Nlg7zgLft6Z2lxIqcQ=
-----END CERTIFICATE REQUEST-----
`,
    key: `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEArZc7c71xEkc4WaM0irJ6
yqEEQKm8WUexWIX+pn9oDaDFLAtiVESDQnb9lJLojd41Vtcg1tAworLx8DuO2bml
gf/Jd8Tbt0AhPS0lEA8FnIMME9medoz5zV1809t4yGJTWoY1xdRShtYN73Ujt5ja
Z2c7W51UrwPM82EkAO+WFTWnlOG1HPPB0x/X5RK+x1YXY37kJCKN/RTFrJv2f3th
R6GYMCBBC5x9T0s3zzPivLrRiXwzeAyXhtbGJKl/Y8/PLiOcynVtLHYrVE5BCFvl
bC33Xuz3g7qVCWp0TuL9K4J7Z260H7+T7hHmnqpzs8772PfmKlIrFKqDr3Kthd3b
qwIDAQAB
-----END PUBLIC KEY-----
`,
  },
};

describe("a signing request", () => {
  it.each(Object.entries(made))("of OpenSSL with a %s key is valid", (_, { request, key }) => {
    expect(publicKeyOf(request).export({ type: "spki", format: "pem" })).toBe(key);
  });

  it.each([
    ["P-256", newKeys()],
    ["P-384", newKeys("P-384")],
    ["RSA", newRsaKeys()],
  ])("has the %s key", (_, keys) => {
    expect(publicKeyOf(signingRequest(keys)).equals(keys.publicKey)).toBe(true);
  });

  const keys = newKeys();

  it.each([
    ["text", "request", "is malformed"],
    [
      "a certificate",
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
      "is malformed",
    ],
    ["nothing", inPem(Buffer.alloc(0)), "is malformed"],
    ["an empty sequence", inPem(der.sequence()), "is malformed"],
    ["another's signature", signingRequest(keys, { key: newKeys().privateKey }), "not signed by"],
    ["a signature by SHA-1", signingRequest(keys, { algorithm: "sha1" }), "algorithm"],
    ["the algorithm of another key", signingRequest(keys, { algorithm: "rsa" }), "algorithm"],
    ["a short RSA key", signingRequest(newRsaKeys(1_024)), "the key must be RSA"],
    ["a key on another curve", signingRequest(newKeys("secp256k1")), "the key must be RSA"],
  ])("is rejected with %s", (_, request, reason) => {
    expect(() => publicKeyOf(request)).toThrow(reason);
  });

  it("is rejected when any byte is changed", () => {
    const pem = signingRequest(keys);
    const bytes = Buffer.from(pem.replace(/-----.*-----/g, ""), "base64");
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(bytes);
        changed[at] = changed[at]! ^ change;
        expect(() => publicKeyOf(inPem(changed))).toThrow(
          expect.objectContaining({ name: "BadSigningRequest" }),
        );
      }),
    );
  });

  it("is rejected when it is truncated", () => {
    const bytes = Buffer.from(signingRequest(keys).replace(/-----.*-----/g, ""), "base64");
    for (let end = 0; end < bytes.length; end += 1) {
      expect(() => publicKeyOf(inPem(bytes.subarray(0, end)))).toThrow("is malformed");
    }
  });
});

describe("the DER reader", () => {
  it("reads what the writer wrote, of any length", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 70_000 }), { maxLength: 3 }), (contents) => {
        const written = contents.map((content) => der.octetString(Buffer.from(content)));
        const read = readDer(Buffer.concat(written));
        expect(read.map(({ encoded }) => encoded)).toEqual(written);
        expect(read.map(({ content }) => new Uint8Array(content))).toEqual(contents);
      }),
      { numRuns: 30 },
    );
  });

  it("throws only a DerError for arbitrary bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          readDer(Buffer.from(bytes));
        } catch (error) {
          expect(error).toMatchObject({ name: "BadDer" });
        }
      }),
    );
  });
});
