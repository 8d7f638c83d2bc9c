import { createHmac } from "node:crypto";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import type { Signing } from "#shared/integration/kind/kind.ts";
import { sasTokenSeconds } from "#shared/integration/kind/limits.ts";
import { webhook } from "#shared/integration/kind/webhook.ts";
import { signingSecret } from "#shared/integration/kind/webhookSignature.ts";
import { renderRequest } from "#shared/integration/request/targetRequest.ts";
import { maskRequest } from "#shared/integration/secret/maskSecrets.ts";
import type { TargetRequest } from "#shared/target/target.ts";
import { anEvent, anIntegration, base64, deviceId, someTime } from "../../../memory/samples.ts";
import { send } from "./vendor.ts";

const made = (
  integration: Parameters<typeof anIntegration>[0],
  data: string | Uint8Array = '{"t":21.5,"n":{"x":"<1>"}}',
) =>
  webhook.render(anIntegration(integration), {
    id: "msg_1",
    event: anEvent({
      data: typeof data === "string" ? base64(data) : Buffer.from(data).toString("base64"),
    }),
  });
const published = new Date(someTime).toISOString();
const defaults = {
  event: "temperature",
  data: '{"t":21.5,"n":{"x":"<1>"}}',
  published_at: published,
  coreid: deviceId,
};
const form = (body: string | undefined) => Object.fromEntries(new URLSearchParams(body));
const unusable = expect.objectContaining({ code: "invalid_request" });

describe("the method, the fields and the body of a request", () => {
  it("is a form with the four default fields by default", () => {
    const { method, url, headers, body, rejectUnauthorized } = made({});
    expect({ method, url, rejectUnauthorized }).toEqual({
      method: "POST",
      url: "https://example.com/hook",
      rejectUnauthorized: true,
    });
    expect(headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect(form(body)).toEqual(defaults);
    expect(form(made({ noDefaults: true }).body)).toEqual({});
  });

  it("with GET never has a body, even if the stored integration has one", () => {
    for (const given of [{ json: { a: "1" } }, { body: "x" }]) {
      const { url, body } = made({ requestType: "GET", ...given });
      expect(body).toBeUndefined();
      expect(Object.fromEntries(new URL(url).searchParams)).toEqual(defaults);
    }
  });

  it("with GET has the form's fields in the query", () => {
    const form = { field: "{{t}}", "{{t}}": "{{{n.x}}} & y" };
    const fields = { field: "21.5", "21.5": "<1> & y" };
    const { url, body } = made({ requestType: "GET", form, noDefaults: true });
    expect(Object.fromEntries(new URL(url).searchParams)).toEqual(fields);
    expect(body).toBeUndefined();
    const both = made({ requestType: "GET", form, query: { field: "mine" } });
    expect(Object.fromEntries(new URL(both.url).searchParams)).toEqual({
      ...defaults,
      ...fields,
      field: "mine",
    });
  });

  it("has a method that the event may choose, in any case", () => {
    const requestType = "{{m}}";
    expect(made({ requestType, json: { a: "1" } }, '{"m":"put"}')).toMatchObject({ method: "PUT" });
    const get = made({ requestType, form: { a: "1" } }, '{"m":" Get "}');
    expect(get).toMatchObject({ method: "GET", url: expect.stringContaining("a=1") });
    expect(get.body).toBeUndefined();
    expect(() => made({ requestType }, '{"m":"PATCH"}')).toThrow(unusable);
    expect(() => made({ requestType }, "none")).toThrow(unusable);
    expect(() => made({ requestType, body: "x" }, '{"m":"get"}')).toThrow(unusable);
  });

  it("with DELETE and a body has the default fields in the body, or not at all", () => {
    const url = "https://example.com/hook";
    const json = made({ requestType: "DELETE", json: { a: "1" } });
    expect(json.url).toBe(url);
    expect(JSON.parse(json.body!)).toEqual({ ...defaults, a: "1" });
    expect(made({ requestType: "DELETE", body: "x" })).toMatchObject({ url, body: "x" });
    expect(made({ requestType: "DELETE", noDefaults: true })).toMatchObject({ url });
  });

  it.each(["GET", "DELETE"] as const)(
    "with %s has the default fields in its query",
    (requestType) => {
      const { url, body, headers } = made({ requestType, url: "https://example.com/hook?a=1" });
      expect(Object.fromEntries(new URL(url).searchParams)).toEqual({ a: "1", ...defaults });
      expect(body).toBeUndefined();
      expect(headers["content-type"]).toBeUndefined();
    },
  );

  it("with a json object renders keys and values, and adds the default fields", () => {
    const json = {
      "{{PARTICLE_EVENT_NAME}}": "{{t}}",
      deep: { "{{t}}": ["{{{n.x}}}", 1, true, null] },
      event: "mine",
    };
    const { headers, body } = made({ json });
    expect(headers).toMatchObject({
      "content-type": "application/json",
      accept: "application/json",
    });
    expect(JSON.parse(body!)).toEqual({
      ...defaults,
      temperature: "21.5",
      deep: { "21.5": ["<1>", 1, true, null] },
      event: "mine",
    });
    expect(JSON.parse(made({ json: { a: "{{t}}" }, noDefaults: true }).body!)).toEqual({
      a: "21.5",
    });
  });

  it("with a json text sends that text, so that numbers can stay numbers", () => {
    const { headers, body } = made({ json: '{"t": {{{t}}}, "id": "{{PARTICLE_EVENT_ID}}"}' });
    expect(headers["content-type"]).toBe("application/json");
    expect(body).toBe('{"t": 21.5, "id": "event-1"}');
  });

  it("with a form renders keys and values, and adds the default fields", () => {
    const { headers, body } = made({ form: { "{{PARTICLE_EVENT_NAME}}": "{{{n.x}}}&" } });
    expect(headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect(form(body)).toEqual({ ...defaults, temperature: "<1>&" });
  });

  it("with a body sends it unchanged, without a default content type", () => {
    const { headers, body } = made({ body: "t={{t}};x={{n.x}}" });
    expect(headers["content-type"]).toBeUndefined();
    expect(body).toBe("t=21.5;x=&lt;1&gt;");
  });
});

describe("the headers and the URL of a request", () => {
  it("has the delivery id, so that the target can detect duplicates", () => {
    expect(made({}).headers["webhook-id"]).toBe("msg_1");
    expect(made({ headers: { "Webhook-Id": "mine" } }).headers["webhook-id"]).toBe("msg_1");
  });

  it("prefers the integration's headers to the default ones, ignoring case", () => {
    const headers = {
      "X-{{PARTICLE_EVENT_NAME}}": "{{t}}",
      "Content-Type": "text/x",
      "User-Agent": "me",
    };
    expect(made({ headers }).headers).toMatchObject({
      "x-temperature": "21.5",
      "content-type": "text/x",
      "user-agent": "me",
    });
  });

  it("has a rendered HTTP Basic authorization", () => {
    const { headers } = made({
      auth: { username: "{{PARTICLE_EVENT_NAME}}", password: "p:{{t}}" },
    });
    expect(headers.authorization).toBe(`Basic ${base64("temperature:p:21.5")}`);
  });

  it("has its rendered query added to the URL's, without the fragment", () => {
    const { url } = made({
      url: "https://{{PARTICLE_EVENT_NAME}}.example.com/{{t}}?a=1&b=2#part",
      query: { b: "{{{n.x}}}", "{{t}}": "&=" },
    });
    expect(url).toMatch(/^https:\/\/temperature\.example\.com\/21\.5\?/);
    expect(url).not.toContain("#");
    expect(Object.fromEntries(new URL(url).searchParams)).toEqual({
      a: "1",
      b: "<1>",
      "21.5": "&=",
    });
  });

  it.each([
    ["https://example.com/{{{v}}}/x", "https://example.com/a%0Ab%0D%09c/x"],
    ["https://example.com/?a={{{v}}}", "https://example.com/?a=a%0Ab%0D%09c"],
    ["https://example.com/\n  ?a={{{w}}}", "https://example.com/%20%20?a=%00x%20%0A%20"],
  ])("keeps line breaks and spaces of the data in the URL %j", (url, expected) => {
    const data = JSON.stringify({ v: "a\nb\r\tc", w: "\0x \n " });
    expect(made({ url, noDefaults: true }, data).url).toBe(expected);
  });

  it.each(["a\nb", "a\0"])("has no host with a control character: %j", (v) => {
    const data = JSON.stringify({ v });
    expect(() => made({ url: "https://{{{v}}}/x" }, data)).toThrow(unusable);
  });

  it.each([
    "ftp://example.com/",
    "https://user:secret@example.com/",
    "https://",
    "https://{{PARTICLE_EVENT_VALUE}}/",
    "{{PARTICLE_EVENT_NAME}}",
    "file:///etc/passwd",
  ])("to %s fails with a Failure", (url) => {
    expect(() => made({ url })).toThrow(unusable);
  });
});

describe("the variables of a template", () => {
  it("has every variable of published webhook files", () => {
    const names = ["DEVICE_ID", "EVENT_NAME", "EVENT_VALUE", "PUBLISHED_AT", "EVENT_ID"];
    const old = ["CORE_ID", "EVENT_NAME", "EVENT_VALUE", "PUBLISHED_AT"];
    const all = [...names.map((name) => `PARTICLE_${name}`), ...old.map((name) => `SPARK_${name}`)];
    const body = all.map((name) => `{{{${name}}}}`).join("|");
    const { event, data, published_at, coreid } = defaults;
    const said = [coreid, event, data, published_at, "event-1", coreid, event, data, published_at];
    expect(made({ body }).body).toBe(said.join("|"));
  });

  it.each([
    ['{"a":"b\\"c"}', '{"a":"b\\"c"}'],
    ['say "hi" – ü', 'say "hi" – ü'],
    [new Uint8Array([0xff, 0x00]), "data:application/octet-stream;base64,/wA="],
  ])("has the entire event as JSON text and in base64: %j", (given, data) => {
    const entire = {
      name: "temperature",
      data,
      published_at: published,
      coreid: deviceId,
      ttl: 60,
    };
    const json = made({ body: "{{{PARTICLE_EVENT_JSON}}}" }, given).body ?? "";
    expect(JSON.parse(json)).toEqual(entire);
    expect(made({ body: "{{{PARTICLE_EVENT_BASE64}}}" }, given).body).toBe(base64(json));
  });

  it("reads JSON data behind a byte order mark", () => {
    expect(made({ body: "{{t}}" }, '\ufeff{"t":1}').body).toBe("1");
  });

  it("reads the data by dotted paths and list indexes", () => {
    const body = "{{c.0.ca}} {{#c}}{{ca}},{{/c}} {{^none}}not there{{/none}}";
    expect(made({ body }, '{"c":[{"ca":"x"},{"ca":2}]}').body).toBe("x x,2, not there");
  });

  it("has the product id in an integration of a product", () => {
    const body = "{{PRODUCT_ID}}";
    expect(made({ body, product: 17 }).body).toBe("17");
    expect(made({ body }).body).toBe("");
    expect(made({ body, product: 17 }, '{"PRODUCT_ID":18}').body).toBe("17");
  });

  it("does not let the event's data replace the cloud's variables", () => {
    const data = '{"PARTICLE_DEVICE_ID":"another device","__proto__":{"x":1},"toString":5}';
    expect(made({ body: "{{PARTICLE_DEVICE_ID}} {{x}} {{toString}}" }, data).body).toBe(
      `${deviceId}  5`,
    );
  });

  it.each(["21.5", "[1,2]", "null", '"text"', '{"t":', "{}", ""])(
    "of the data %j, which is not an object with members, has only its text",
    (data) => {
      expect(made({ body: "{{t}}{{0}}{{length}}|{{{PARTICLE_EVENT_VALUE}}}" }, data).body).toBe(
        `|${data}`,
      );
    },
  );

  it("has binary data as a data URL", () => {
    const { body } = made({}, new Uint8Array([0xff, 0x00, 0x01]));
    expect(form(body).data).toBe("data:application/octet-stream;base64,/wAB");
  });

  it("can have any text in every kind of body", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(form(made({}, text).body).data).toBe(text);
        expect(JSON.parse(made({ json: {} }, text).body!).data).toBe(text);
        expect(made({ body: "{{{PARTICLE_EVENT_VALUE}}}" }, text).body).toBe(text);
        const { url } = made({ requestType: "GET" }, text);
        expect(new URL(url).searchParams.get("data")).toBe(text);
      }),
    );
  });
});

describe("a shared access signature of Azure", () => {
  const sas = { key_name: "D1", key: "c2VjcmV0LXNlY3JldA==" };
  const integration = anIntegration({
    url: "https://ns.servicebus.windows.net/hub/messages?timeout=60",
    azure_sas_token: sas,
  });

  it("is valid for the URL for an hour, signed with the key's text", async () => {
    const asked: TargetRequest[] = [];
    const sendDeps = {
      async sendRequest(request: TargetRequest) {
        asked.push(request);
        return { status: 201, body: "" };
      },
      now: () => someTime,
      token: () => expect.unreachable(),
    };
    await send(webhook, integration, { id: "msg_1", event: anEvent() }, sendDeps);
    const [scheme, fields = ""] = (asked[0]?.headers.authorization ?? "").split(" ");
    const said = new URLSearchParams(fields);
    const expiry = Math.floor(someTime / 1_000) + sasTokenSeconds;
    const resource = encodeURIComponent("https://ns.servicebus.windows.net/hub/messages");
    const sig = createHmac("sha256", sas.key).update(`${resource}\n${expiry}`).digest("base64");
    expect(scheme).toBe("SharedAccessSignature");
    expect(Object.fromEntries(said)).toEqual({
      sr: decodeURIComponent(resource),
      sig,
      se: String(expiry),
      skn: "D1",
    });
  });

  it("is described in a preview without its key", () => {
    const sending = { id: "msg_1", event: anEvent() };
    const shown = maskRequest(integration, renderRequest(integration, sending));
    expect(shown.headers.authorization).toMatch(/^\(.*SharedAccessSignature/);
    expect(JSON.stringify(shown)).not.toContain(sas.key);
  });
});

describe("a signature", () => {
  const sent = async (
    signing: Signing | undefined,
    given: Parameters<typeof anIntegration>[0] = {},
    now = Date.now(),
  ): Promise<TargetRequest> => {
    const asked: TargetRequest[] = [];
    const integration = anIntegration({ signing, ...given });
    const sendDeps = {
      async sendRequest(request: TargetRequest) {
        asked.push(request);
        return { status: 200, body: "" };
      },
      now: () => now,
      token: () => expect.unreachable(),
    };
    await send(
      webhook,
      integration,
      { id: "msg_1", event: anEvent({ data: base64("é") }) },
      sendDeps,
    );
    return asked[0]!;
  };
  const verified = ({ headers, body }: TargetRequest, secret: string) =>
    new Webhook(secret).verify(body ?? "", headers);

  it.each([{ json: { a: "{{PARTICLE_EVENT_VALUE}}" } }, { json: '{"a":1}' }, { body: '"é"' }])(
    "is one that Standard Webhooks verifies, over %o",
    async (given) => {
      const secret = signingSecret();
      const request = await sent({ secret }, given);
      expect(verified(request, secret)).toEqual(JSON.parse(request.body!));
      expect(() => verified({ ...request, body: `${request.body} ` }, secret)).toThrow();
      expect(() => verified(request, signingSecret())).toThrow();
    },
  );

  it("is also made with the previous secret during the overlap", async () => {
    const [secret, former] = [signingSecret(), signingSecret()];
    const json = { a: "1" };
    const now = Date.now();
    const during = await sent(
      { secret, former: { secret: former, until: now + 1 } },
      { json },
      now,
    );
    expect(verified(during, secret)).toBeDefined();
    expect(verified(during, former)).toBeDefined();
    const after = await sent({ secret, former: { secret: former, until: now } }, { json }, now);
    expect(verified(after, secret)).toBeDefined();
    expect(() => verified(after, former)).toThrow();
  });

  it("exists without a body, over an empty text", async () => {
    const secret = signingSecret();
    const { headers } = await sent({ secret }, { requestType: "GET" });
    const sign = new Webhook(secret).sign(
      "msg_1",
      new Date(+headers["webhook-timestamp"]! * 1e3),
      "",
    );
    expect(headers["webhook-signature"]).toBe(sign);
  });

  it("is absent without a secret", async () => {
    const { headers } = await sent(undefined);
    expect(headers["webhook-signature"]).toBeUndefined();
    expect(headers["webhook-id"]).toBe("msg_1");
  });

  it("cannot be set by the integration's headers", async () => {
    const secret = signingSecret();
    const given = { headers: { "Webhook-Signature": "v1,x", "webhook-timestamp": "1" }, json: {} };
    expect(verified(await sent({ secret }, given), secret)).toBeDefined();
  });
});
