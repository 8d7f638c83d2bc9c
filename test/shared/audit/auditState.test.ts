import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { differencesOf, stateOf } from "#shared/audit/auditState.ts";
import { auditStateBytesMax } from "#shared/audit/limits.ts";

const secret = "s3cr3t-value-1234567890";

/** States with a secret, as views and replies may contain it. */
const corpus: [string, object][] = [
  ["a token", { access_token: secret }],
  ["tokens in a list", { tokens: [{ token: secret }] }],
  ["a list of texts", { recovery_codes: [secret] }],
  ["a client's secret", { client: { id: "c", secret } }],
  ["a password", { password: secret, current_password: secret }],
  ["a header by its name", { headers: { Authorization: secret, "X-Api-Key": secret } }],
  ["a header by its value", { headers: { "X-Other": `Bearer ${secret}` } }],
  ["a cookie", { headers: { Cookie: `a=${secret}` } }],
  ["a private key", { private_key: secret, privateKey: secret }],
  ["a PEM key", { pem: `-----BEGIN EC PRIVATE KEY-----\n${secret}` }],
  ["a JSON Web Token", { text: `eyJhbGciOiJI.eyJzdWIiOiIx.${secret}` }],
  ["a URL with a password", { url: `https://user:${secret}@example.com/` }],
  ["a URL with a query", { url: `https://example.com/?a=1&api_key=${secret}` }],
  ["a link with a code", { path: `console/#code=${secret}` }],
  ["a signing secret", { signing: { signing_secret: secret, previousSecret: secret } }],
  ["a number", { otp: 123456 }],
  ["everything below a secret name", { credentials: { value: secret, more: [{ a: secret }] } }],
  ["a user name that is a key", { auth: { username: secret, password: "" } }],
  ["keys by names in camel case", { json: { policyKey: secret, accessKey: secret } }],
  ["a key with a number", { api_key_2: secret, key1: secret }],
  ["a signature in a query", { url: `https://example.com/?sv=1&sig=${secret}` }],
  ["an encoded name in a query", { url: `https://example.com/?api%5Fkey=${secret}` }],
  ["a password of a URL in a text", { text: `see https://user:${secret}@example.com/` }],
  ["a connection string", { text: `HostName=h;SharedAccessKey=${secret}` }],
  ["a shared access signature", { text: `SharedAccessSignature sr=h&sig=${secret}&se=1` }],
  ["a form in a text", { body: `a=1&password=${secret}` }],
  ["JSON in a text", { body: `{"a":1,"api_key": "${secret}"}` }],
  ["JSON in JSON", { body: JSON.stringify({ inner: JSON.stringify({ token: secret }) }) }],
  ["a header in a text", { text: `Authorization: Basic ${secret}` }],
  ["a signing secret by its value", { text: `whsec_${secret}` }],
  ["a key of AWS", { text: `AWS4-HMAC-SHA256 Credential=AKIA/x, Signature=${secret}` }],
  ["a secret as the name of a field", { secrets: { [secret]: true } }],
  ["a QR code", { qr_url: `otpauth://totp/x?secret=${secret}` }],
];

describe("the state of a subject", () => {
  it.each(corpus)("hides %s", (_, state) => {
    const shown = JSON.stringify(stateOf(state));
    expect(shown).not.toContain(secret);
    expect(shown).not.toContain("123456");
    expect(shown).toContain("(hidden)");
  });

  it("shows what is no secret", () => {
    const state = {
      name: "temp",
      url: "https://example.com/hook?a=1",
      host: "https://token.example.com:8443/auth/key?monkey=1",
      body: '{"t":"{{temperature}}","at":"12:00:01"}',
      disabled: false,
      keep_token: true,
      count: 3,
      list: ["a", { b: null }],
    };
    expect(stateOf(state)).toEqual(state);
  });

  it("is absent for a value that has no fields", () => {
    for (const value of [undefined, null, "text", 1, ["a"]]) expect(stateOf(value)).toBeUndefined();
  });

  it("is bounded, and valid JSON, whatever it contains", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 8 })), (state) => {
        const text = JSON.stringify(stateOf(state));
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(auditStateBytesMax);
        expect(() => JSON.parse(text)).not.toThrow();
      }),
    );
    const large = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, n) => [`field${n}`.repeat(20), "x".repeat(1_000)]),
    );
    const text = JSON.stringify(stateOf(large));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(auditStateBytesMax);
    expect(text).toContain('"…":"field');
  });
});

describe("the differences of two states", () => {
  it("are the fields that were changed, added or removed", () => {
    expect(differencesOf({ a: 1, b: 2, c: 3 }, { a: 1, b: 4, d: 5 })).toEqual({
      before: { b: 2, c: 3, d: null },
      after: { b: 4, c: null, d: 5 },
    });
    expect(differencesOf({ a: 1 }, { a: 1 })).toEqual({});
  });

  it("are the whole state of what was created or removed", () => {
    expect(differencesOf(undefined, { a: 1 })).toEqual({ after: { a: 1 } });
    expect(differencesOf({ a: 1 }, undefined)).toEqual({ before: { a: 1 } });
    expect(differencesOf(undefined, undefined)).toEqual({});
  });

  it("show that a secret was changed, and not its value", () => {
    expect(differencesOf({ secret: "one" }, { secret: "two" })).toEqual({
      before: { secret: "(hidden)" },
      after: { secret: "(hidden)" },
    });
  });
});
