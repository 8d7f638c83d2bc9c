import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hiddenSecret } from "#shared/integration/hiddenSecret.ts";
import { integration } from "#shared/integration/integration.ts";
import { integrationInput } from "#shared/integration/integrationInput.ts";
import {
  deliveryDeadlineSecondsMax,
  deviceNameCharsMax,
  eventNameBytesMax,
  integrationBytesMax,
} from "#shared/limits.ts";
import { readInput } from "#shared/readInput.ts";
import { deviceId } from "../../memory/samples.ts";

const least = { event: "temp", url: "https://example.com/" };
const parsed = (given: object) => {
  const read = integrationInput.parse({ ...least, ...given });
  if (read.integration_type !== "Webhook") return expect.unreachable();
  return read;
};

describe("the body that creates an integration", () => {
  it("needs an event and a URL, and the rest has its default", () => {
    expect(integrationInput.parse(least)).toEqual({
      ...least,
      integration_type: "Webhook",
      requestType: "POST",
      noDefaults: false,
      rejectUnauthorized: true,
      disabled: false,
    });
  });

  it.each([
    { eventName: "temp" },
    { event: "temp", deviceid: deviceId },
    { event: "temp", deviceId },
    { event: "temp", deviceID: deviceId },
  ])("may be spelled %o", (given) => {
    const { event, deviceID } = integrationInput.parse({ url: least.url, ...given });
    expect(event).toBe("temp");
    expect(deviceID).toBe(Object.keys(given).length === 1 ? undefined : deviceId);
  });

  it.each([
    ["true", true],
    ["1", true],
    [true, true],
    ["false", false],
    ["0", false],
    [false, false],
  ])("takes %j for a flag, as forms have them", (given, flag) => {
    expect(parsed({ rejectUnauthorized: given, noDefaults: given, disabled: given })).toMatchObject(
      {
        rejectUnauthorized: flag,
        noDefaults: flag,
        disabled: flag,
      },
    );
  });

  it("takes what is empty or null for not given", () => {
    expect(parsed({ deviceid: "", json: null, body: "", name: null, requestType: "" })).toEqual(
      parsed({}),
    );
  });

  it("leaves out what says nothing here", () => {
    expect(parsed({ mydevices: true })).toEqual(parsed({}));
  });

  it.each([
    { toString: 1 },
    { constructor: { x: 1 } },
    { azure_sas_tokn: "x" },
    JSON.parse('{"__proto__":{"disabled":true}}'),
  ])("refuses what it does not know: %o", (extra) => {
    const [name = ""] = Object.keys(extra);
    const given = Object.defineProperty({ event: "e", url: "https://example.com/" }, name, {
      value: extra[name],
      enumerable: true,
    });
    expect(() => readInput(integrationInput, given)).toThrow(
      new RegExp(`^${name}: is not a field`),
    );
  });

  it("takes headers as an object or as lines", () => {
    const headers = { "X-A": "1", "X-B": "a:b" };
    expect(parsed({ headers }).headers).toEqual(headers);
    expect(parsed({ headers: "X-A: 1\r\nno header\n: nor this\nX-B:a:b\n" }).headers).toEqual(
      headers,
    );
  });

  it("takes numbers and flags in a form, a query and headers for text", () => {
    const fields = { n: 21.5, yes: true, text: "x" };
    const texts = { n: "21.5", yes: "true", text: "x" };
    for (const key of ["form", "query", "headers"]) {
      expect(parsed({ [key]: fields })).toMatchObject({ [key]: texts });
    }
  });

  it("takes json as an object, of any kind of values, or as a text", () => {
    const json = { a: { b: [1, null, { "{{x}}": true }] } };
    expect(parsed({ json }).json).toEqual(json);
    expect(parsed({ json: '{"a": {{{x}}}}' }).json).toBe('{"a": {{{x}}}}');
  });

  it.each([
    { url: "ftp://example.com/" },
    { url: "example.com" },
    { url: "https:///path" },
    { url: "https://user:password@example.com/" },
    { url: "https://a b/" },
    { url: "{{{url}}}" },
    { event: "" },
    { event: "x".repeat(eventNameBytesMax + 1) },
    { requestType: "PATCH" },
    { requestType: "post" },
    { deviceid: "x".repeat(deviceNameCharsMax + 1) },
    { integration_type: "GoogleMaps" },
    { integration_type: "AzureIotHub" },
    { json: {}, form: {} },
    { json: "{}", body: "x" },
    { form: {}, body: "x" },
    { json: [1] },
    { form: { a: { b: 1 } } },
    { headers: { a: { toString: 1 } } },
    { auth: { username: "only" } },
    { auth: { username: "u", password: hiddenSecret } },
    { headers: { a: "1", b: hiddenSecret } },
    { headers: `a: ${hiddenSecret}` },
    { noDefaults: "yes" },
    { deadline: 0 },
    { deadline: 1.5 },
    { deadline: deliveryDeadlineSecondsMax + 1 },
    { body: "x".repeat(integrationBytesMax) },
    { body: "é".repeat(integrationBytesMax / 2) },
  ])("is refused with %o", (wrong) => {
    expect(integrationInput.safeParse({ ...least, ...wrong }).success).toBe(false);
  });

  it.each([
    {
      integration_type: "AwsSqs",
      queue_url: "https://sqs.eu-west-1.amazonaws.com/123456789012/q",
      access_key_id: "AKIAIOSFODNN7EXAMPLE",
      secret_access_key: "s".repeat(40),
    },
  ])("of %o is refused with a secret as it is shown", (given) => {
    const all = { event: "temp", ...given };
    expect(integrationInput.safeParse(all).success).toBe(true);
    expect(integrationInput.safeParse({ ...all, secret_access_key: hiddenSecret })).toMatchObject({
      error: { issues: [{ path: ["secret_access_key"] }] },
    });
  });

  it("is read as it was once it is stored", () => {
    const full = parsed({
      json: { a: ["{{x}}"] },
      headers: "X-A: 1",
      query: { n: 1 },
      auth: { username: "u", password: "p" },
      responseTopic: "t",
      unchunked: "true",
      hookSent: "0",
    });
    expect(full).toMatchObject({ unchunked: true, hookSent: false, query: { n: "1" } });
    const { integration_type: kind, ...settings } = full;
    const given = { ...settings, kind, id: "i", fleet: "f", name: "n", createdAt: "" };
    expect(integration.parse(JSON.parse(JSON.stringify(given)))).toEqual(given);
  });

  it("is read or refused, whatever it is", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          fc.object().map((any) => ({ ...least, ...any })),
        ),
        (any) => {
          integrationInput.safeParse(any);
        },
      ),
    );
  });
});
