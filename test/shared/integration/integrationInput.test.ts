import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deviceNameCharsMax } from "#shared/device/limits.ts";
import { eventNameBytesMax } from "#shared/event/limits.ts";
import { readInput } from "#shared/input/readInput.ts";
import { integrationInput, replacementInput } from "#shared/integration/integrationInput.ts";
import { hiddenSecret } from "#shared/integration/kind/kind.ts";
import { integrationBytesMax } from "#shared/integration/kind/limits.ts";
import { deliveryDeadlineSecondsMax } from "#shared/integration/limits.ts";
import { integration } from "#shared/integration/model/integration.ts";
import { deviceId } from "../../memory/samples.ts";

const least = { event: "temp", url: "https://example.com/" };
const parsed = (given: object) => {
  const read = integrationInput.parse({ ...least, ...given });
  if (read.integration_type !== "Webhook") return expect.unreachable();
  return read;
};

describe("the body that creates an integration", () => {
  it("requires an event and a URL, and has defaults for the rest", () => {
    expect(integrationInput.parse(least)).toEqual({
      ...least,
      integration_type: "Webhook",
      requestType: "POST",
      noDefaults: false,
      rejectUnauthorized: true,
      disabled: false,
    });
  });

  it("accepts a changed reply, including its other fields", () => {
    const given = {
      ...least,
      integration: "i",
      method: "put",
      mydevices: true,
      counters: [],
      id: "i",
    };
    expect(readInput(replacementInput, given)).toEqual({
      ...parsed({ requestType: "PUT" }),
      integration: "i",
    });
    const wrong = () => readInput(replacementInput, { ...given, requestTyp: "PUT" });
    expect(wrong).toThrow("did you mean requestType");
  });

  it("is unchanged when it is stored and read", () => {
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

  it("is accepted or refused, and never throws a bug", () => {
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

describe("a notation that the body accepts", () => {
  it.each([
    { eventName: "temp" },
    { event: "temp", deviceid: deviceId },
    { event: "temp", deviceId },
    { event: "temp", deviceID: deviceId },
  ])("accepts the aliases %o", (given) => {
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
  ])("accepts %j as a flag, as in forms", (given, flag) => {
    expect(parsed({ rejectUnauthorized: given, noDefaults: given, disabled: given })).toMatchObject(
      {
        rejectUnauthorized: flag,
        noDefaults: flag,
        disabled: flag,
      },
    );
  });

  it("ignores empty and null values", () => {
    expect(parsed({ deviceid: "", json: null, body: "", name: null, requestType: "" })).toEqual(
      parsed({}),
    );
  });

  it("drops ignored fields", () => {
    expect(parsed({ mydevices: true })).toEqual(parsed({}));
  });

  it("accepts headers as an object or as lines", () => {
    const headers = { "X-A": "1", "X-B": "a:b" };
    expect(parsed({ headers }).headers).toEqual(headers);
    expect(parsed({ headers: "X-A: 1\r\n\n X-B :a:b\n" }).headers).toEqual(headers);
  });

  it.each([
    ["Post", "POST"],
    ["get", "GET"],
    [" pUT ", "PUT"],
    ["delete", "DELETE"],
    ["{{method}}", "{{method}}"],
  ])("accepts the method %j in any case, and a template for one", (requestType, method) => {
    expect(parsed({ requestType }).requestType).toBe(method);
    expect(parsed({ method: requestType }).requestType).toBe(method);
  });

  it.each(["webhook", "WEBHOOK", " Webhook "])("accepts the kind %j in any case", (kind) => {
    expect(parsed({ integration_type: kind })).toEqual(parsed({}));
    const hub = { hub_name: "hub", policy_name: "p", policy_key: "a2V5" };
    const made = { event: "e", integration_type: "azureiothub", ...hub };
    expect(integrationInput.parse(made)).toMatchObject({ integration_type: "AzureIotHub" });
  });

  it.each([
    [{ json: true, query: { user: "U" } }, { query: { user: "U" } }],
    [{ json: false }, {}],
    [{ json: "true", form: { a: "1" } }, { form: { a: "1" } }],
    [{ json: {}, form: { a: "1" } }, { form: { a: "1" } }],
    [{ form: {}, body: "x" }, { body: "x" }],
    [{ json: {}, requestType: "get" }, { requestType: "GET" }],
    [{ json: {} }, { json: {} }],
    [{ headers: { a: null, b: "1" } }, { headers: { b: "1" } }],
    [
      { query: { a: null }, form: { b: null, c: 1 } },
      { query: {}, form: { c: "1" } },
    ],
    [{ url: " \n https://example.com/ " }, {}],
    [{ auth: { username: "key" } }, { auth: { username: "key", password: "" } }],
    [{ auth: { user: "u", pass: "p" } }, { auth: { username: "u", password: "p" } }],
    [
      { responseEvent: "r", errorResponseEvent: "e" },
      { responseTopic: "r", errorResponseTopic: "e" },
    ],
    [{ responseTemplate: { a: "{{b}}" } }, { responseTemplate: { a: "{{b}}" } }],
    [{ deviceid: deviceId, deviceID: deviceId }, { deviceID: deviceId }],
    [{ mydevices: false, id: "1", created_at: "", counters: [], logs: [], signed: true }, {}],
    [
      { azure_sas_token: { key_name: "n", key: "k" } },
      { azure_sas_token: { key_name: "n", key: "k" } },
    ],
  ])("reads %o like Particle's cloud", (given, same) => {
    expect(parsed(given)).toEqual({ ...parsed({}), ...same });
    expect(readInput(integrationInput, { ...least, ...given })).toEqual(parsed(given));
  });

  it("accepts a complete key file of Google Cloud, also as text", () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    const key = {
      type: "service_account",
      project_id: "p",
      private_key_id: "1",
      private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
      client_email: "a@p.iam.gserviceaccount.com",
      token_uri: "https://oauth2.googleapis.com/token",
    };
    const given = {
      event: "e",
      integration_type: "GoogleCloudPubSub",
      topic: "projects/p/topics/top",
    };
    const { type: _, project_id: _project, token_uri: _uri, ...kept } = key;
    for (const service_account_key of [key, JSON.stringify(key)]) {
      expect(readInput(integrationInput, { ...given, service_account_key })).toMatchObject({
        service_account_key: kept,
      });
    }
  });

  it("converts numbers and flags in a form, a query and headers to text", () => {
    const fields = { n: 21.5, yes: true, text: "x" };
    const texts = { n: "21.5", yes: "true", text: "x" };
    for (const key of ["form", "query", "headers"]) {
      expect(parsed({ [key]: fields })).toMatchObject({ [key]: texts });
    }
  });

  it("accepts json as an object with any values, or as a text", () => {
    const json = { a: { b: [1, null, { "{{x}}": true }] } };
    expect(parsed({ json }).json).toEqual(json);
    expect(parsed({ json: '{"a": {{{x}}}}' }).json).toBe('{"a": {{{x}}}}');
  });
});

describe("a body that is refused", () => {
  it.each([
    { toString: 1 },
    { constructor: { x: 1 } },
    { azure_sas_tokn: "x" },
    { strange: null },
    { strange: "" },
    JSON.parse('{"__proto__":{"disabled":true}}'),
  ])("refuses unknown settings: %o", (extra) => {
    const [name = ""] = Object.keys(extra);
    const given = Object.defineProperty({ event: "e", url: "https://example.com/" }, name, {
      value: extra[name],
      enumerable: true,
    });
    expect(() => readInput(integrationInput, given)).toThrow(
      new RegExp(`^${name}: is an unknown field`),
    );
  });

  it("refuses an unknown field of auth whose value is null", () => {
    const given = { ...least, auth: { username: "u", strange: null } };
    expect(() => readInput(integrationInput, given)).toThrow(/^auth\.strange: is an unknown field/);
  });

  it.each([
    [{ retryLimit: 3 }, "retryLimit"],
    [{ azure_sas_tokn: {} }, "did you mean azure_sas_token"],
    [{ requesttype: "GET" }, "did you mean requestType"],
    [{ coreid: deviceId }, "coreid"],
    [{ auth: { username: "u", passwrod: "p" } }, "did you mean auth.password"],
    [{ auth: "u:p" }, "auth: "],
    [{ deviceid: deviceId, deviceID: "lamp" }, "deviceID: has another value than deviceid"],
    [{ requestType: "GET", method: "PUT" }, "method: has another value"],
    [{ requestType: "PATCH" }, "requestType: must be GET, POST, PUT or DELETE"],
    [{ requestType: "GET", json: { a: 1 } }, "json: cannot be sent with GET"],
    [{ requestType: "get", body: "x" }, "body: cannot be sent with GET"],
    [{ form: { a: [1] } }, "form.a: must be a text"],
    [{ query: { a: { b: 1 } } }, "query.a: must be a text"],
    [{ json: [1] }, "json: must be an object or a text"],
    [{ json: 5 }, "json: must be an object or a text"],
    [{ body: { a: 1 } }, "body: must be a text"],
    [{ headers: "X-A: 1\nno header" }, "headers: must have one"],
    [{ headers: { "X A": "1" } }, 'headers: "X A" is not a valid header name'],
    [{ headers: { "": "1" } }, "headers: "],
    [{ headers: { "X {{a}}": "1" } }, "headers: "],
    [{ headers: { "X-A": "a\nb" } }, "U+000A"],
    [{ headers: { "X-A": "{{a}}\0" } }, "U+0000"],
    [{ headers: { "X-A": "1", "x-a": "2" } }, "headers: has x-a twice"],
    [{ body: "{{#a}}" }, "body: has a malformed template"],
    [{ json: { deep: [{ "{{a": 1 }] } }, "json: has a malformed template"],
    [{ json: '{"a": {{{a}}' }, "json: has a malformed template"],
    [{ query: { a: "{{/a}}" } }, "query: has a malformed template"],
    [{ url: "https://example.com/{{a" }, "url: has a malformed template"],
    [{ headers: { a: "{{#b}}" } }, "headers: has a malformed template"],
    [{ auth: { username: "{{u", password: "p" } }, "auth: has a malformed template"],
    [{ responseTemplate: "{{^a}}" }, "responseTemplate: has a malformed template"],
    [{ responseTemplate: { a: "{{b" } }, "responseTemplate: has a malformed template"],
    [{ responseTopic: "{{a" }, "responseTopic: has a malformed template"],
    [{ errorResponseTopic: "{{a" }, "errorResponseTopic: has a malformed template"],
    [{ url: "https://exa mple.com/{{a}}" }, "url: "],
    [{ url: "https://example.com:0/" }, "url: "],
    [{ url: "https://a..b/" }, "url: "],
    [{ url: `https://${"a".repeat(64)}.com/{{a}}` }, "url: "],
    [{ url: "https://u:p@example.com/{{a}}" }, "url: "],
    [{ url: "https://[::1/" }, "url: "],
    [{ azure_sas_token: { key_name: "n" } }, "azure_sas_token.key"],
    [{ integration_type: "Webhok" }, "did you mean Webhook?"],
    [{ event: "a/#" }, "event: must not contain +, #"],
    [{ event: "+/a" }, "event: must not contain +, #"],
    [{ responseTopic: "a/#" }, "responseTopic: must not contain +, #"],
    [{ responseTopic: "a//b" }, "responseTopic: must not contain +, #"],
    [{ errorResponseTopic: "{{a}}/+" }, "errorResponseTopic: must not contain +, #"],
    [{ responseTopic: "x".repeat(300) }, "responseTopic: must have at most 256 bytes"],
    ...["json", "form", "query", "headers", "responseTemplate"].map((name): [object, string] => [
      { [name]: JSON.parse('{"__proto__":"x","a":"1"}') },
      `${name}.__proto__: is an unknown field`,
    ]),
    [
      { azure_sas_token: { key_name: "n", key: "k" }, auth: { username: "u" } },
      "azure_sas_token: ",
    ],
    [
      { azure_sas_token: { key_name: "n", key: "k" }, headers: { Authorization: "x" } },
      "azure_sas_token: excludes",
    ],
  ])("refuses %o with a reason", (given, why) => {
    const reading = () => readInput(integrationInput, { ...least, ...given });
    expect(reading).toThrow(expect.objectContaining({ code: "invalid_request" }));
    expect(reading).toThrow(expect.objectContaining({ message: expect.stringContaining(why) }));
  });

  it.each(["NaN", "ftp://x/", "http://x:99999/", "http://a b/", "http://u:p@x/"])(
    "refuses the URL %j with one reason",
    (url) => {
      const reading = () => readInput(integrationInput, { ...least, url });
      expect(reading).toThrow(/^url: [^;]+$/);
    },
  );
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
    { deviceid: "x".repeat(deviceNameCharsMax + 1) },
    { integration_type: "GoogleMaps" },
    { integration_type: "AzureIotHub" },
    { json: {}, form: {} },
    { json: "{}", body: "x" },
    { form: { a: 1 }, body: "x" },
    { json: [1] },
    { form: { a: { b: 1 } } },
    { headers: { a: { toString: 1 } } },
    { auth: { password: "only" } },
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
  ])("of %o is refused with a masked secret", (given) => {
    const all = { event: "temp", ...given };
    expect(integrationInput.safeParse(all).success).toBe(true);
    expect(integrationInput.safeParse({ ...all, secret_access_key: hiddenSecret })).toMatchObject({
      error: { issues: [{ path: ["secret_access_key"] }] },
    });
  });
});
