import fc from "fast-check";
import { expect, it } from "vitest";
import { callSigner, presignObject, signWebSocketUrl } from "#shared/platform/awsSignature.ts";
import { verifyPresigned, verifySigned } from "../../../local/http/signature.ts";

const credentials = { accessKeyId: "KEY", secretAccessKey: "SECRET" };
const scope = { service: "sqs", region: "us-east-1" };
const signers = { credentials, region: scope.region, services: [scope.service] };

/** Characters that signatures treat differently: reserved, spaces, and beyond ASCII. */
const text = fc.string({ unit: fc.constantFrom("a", "/", " ", "(", "!", "%", "é", "+", "~") });

it("every signed call is accepted by the verifier, and no changed one", () => {
  const sign = callSigner(scope, credentials);
  fc.assert(
    fc.property(text, text, text, (segment, value, body) => {
      const encoded = encodeURIComponent(segment).replaceAll(/[!'()*]/g, "%21");
      const call = {
        method: "POST",
        host: "sqs.us-east-1.amazonaws.com",
        path: `/topics/${encoded}`,
        query: "qos=1",
        headers: { "x-amz-target": encodeURIComponent(value) },
        body,
      };
      const headers = sign(call, Date.now());
      const request = {
        ...{ method: call.method, path: call.path, query: new URLSearchParams(call.query) },
        ...{ headers, body: Buffer.from(body) },
      };
      expect(() => verifySigned(request, signers)).not.toThrow();
      for (const changed of [
        { ...request, body: Buffer.from(`${body}x`) },
        { ...request, path: `${call.path}x` },
        { ...request, query: new URLSearchParams("qos=0") },
        { ...request, headers: { ...headers, "x-amz-target": "other" } },
      ]) {
        expect(() => verifySigned(changed, signers)).toThrow("signature");
      }
    }),
  );
});

it("signs the session token of a role, and derives a new key each day", () => {
  const sign = callSigner(scope, { ...credentials, sessionToken: "TOKEN" });
  const call = { method: "POST", host: "h", path: "/", query: "", headers: {}, body: "" };
  const signed = sign(call, Date.UTC(2026, 0, 31, 23, 59));
  expect(signed).toMatchObject({ "x-amz-security-token": "TOKEN" });
  expect(signed.authorization).toContain("20260131/us-east-1/sqs/aws4_request");
  expect(signed.authorization).toContain("host;x-amz-date;x-amz-security-token");
  expect(sign(call, Date.UTC(2026, 1, 1)).authorization).toContain("20260201/");
});

it("a signed WebSocket URL is accepted by the verifier for a minute, and no changed one", () => {
  const own = { credentials, region: "eu-west-1", services: ["iotdevicegateway"] };
  const url = new URL("wss://broker.example.com/mqtt");
  const now = Date.now();
  const signed = signWebSocketUrl(url, own.region, { ...credentials, sessionToken: "T/=" }, now);
  // The session token is sent, but not signed.
  expect(signed.search).toMatch(/&X-Amz-Security-Token=T%2F%3D$/);
  const query = signed.searchParams;
  const headers = { host: url.host };
  const request = { method: "GET", path: "/mqtt", query, headers, body: Buffer.alloc(0) };
  const longer = new URLSearchParams(query);
  longer.set("X-Amz-Expires", "3600");
  expect(() => verifyPresigned(request, own)).not.toThrow();
  for (const changed of [
    { ...request, path: "/other" },
    { ...request, headers: { host: "other.example.com" } },
    { ...request, query: longer },
  ]) {
    expect(() => verifyPresigned(changed, own)).toThrow("signature");
  }
});

it("a presigned URL of an object is accepted for its time, and no changed one", () => {
  const own = { credentials, region: "eu-west-1", services: ["s3"] };
  const url = new URL("https://s3.eu-west-1.amazonaws.com/bucket/images/a%20b");
  const now = Date.now();
  const role = { ...credentials, sessionToken: "T/+=" };
  const signed = presignObject(url, { region: own.region, credentials: role, seconds: 900, now });
  const query = signed.searchParams;
  const headers = { host: url.host, range: "bytes=5-" };
  const request = { method: "GET", path: url.pathname, query, headers, body: Buffer.alloc(0) };
  expect(() => verifyPresigned(request, own)).not.toThrow();
  const withQuery = (name: string, value: string) => {
    const changed = new URLSearchParams(query);
    changed.set(name, value);
    return { ...request, query: changed };
  };
  for (const changed of [
    { ...request, path: "/bucket/images/other" },
    { ...request, method: "PUT" },
    { ...request, headers: { host: "other.example.com" } },
    withQuery("X-Amz-Expires", "901"),
    withQuery("X-Amz-Security-Token", "T"),
  ]) {
    expect(() => verifyPresigned(changed, own)).toThrow("does not match");
  }
  const old = presignObject(url, {
    ...{ region: own.region, credentials, seconds: 900 },
    now: now - 901_000,
  });
  expect(() => verifyPresigned({ ...request, query: old.searchParams }, own)).toThrow("expired");
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
it("presigns an object as AWS's example", () => {
  const signed = presignObject(new URL("https://examplebucket.s3.amazonaws.com/test.txt"), {
    region: "us-east-1",
    credentials: {
      accessKeyId: "AKIAIOSFODNN7EXAMPLE",
      secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    },
    seconds: 86_400,
    now: Date.UTC(2013, 4, 24),
  });
  expect(signed.searchParams.get("X-Amz-Signature")).toBe(
    "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
  );
});

/** Examples that AWS published as its Signature Version 4 test suite. */
it.each([
  [
    "GET",
    { query: "Param1=value1&Param2=value2" },
    "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
  ],
  ["POST", {}, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
  [
    "POST",
    { headers: { "my-header1": "value1" } },
    "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
  ],
  [
    "POST",
    {
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "Param1=value1",
    },
    "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
  ],
])("signs %s %j as AWS does", (method, given, signature) => {
  const sign = callSigner(
    { service: "service", region: "us-east-1" },
    {
      accessKeyId: "AKIDEXAMPLE",
      secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    },
  );
  const call = { host: "example.amazonaws.com", path: "/", query: "", headers: {}, body: "" };
  const { authorization } = sign({ ...call, method, ...given }, Date.UTC(2015, 7, 30, 12, 36));
  expect(authorization).toMatch(new RegExp(`Signature=${signature}$`));
});
