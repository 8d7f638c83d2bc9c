import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Integration } from "#shared/integration/model/integration.ts";
import { renderRequest } from "#shared/integration/request/targetRequest.ts";
import { secretMasks } from "#shared/integration/secret/maskSecrets.ts";
import { maskSettings } from "#shared/integration/secret/maskSettings.ts";
import { restoreSecrets } from "#shared/integration/secret/restoreSecrets.ts";
import { anEvent, anIntegration, base64 } from "../../../memory/samples.ts";

const entities = (base: number, before: string, text: string): string =>
  [...text].map((one) => `${before}${one.codePointAt(0)?.toString(base)};`).join("");
const unicodeEscape = (one: string): string =>
  `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`;

const secret = 's3crét/"+k€y=';
const integration = anIntegration({
  headers: { Authorization: `Bearer ${secret}`, "Content-Type": "text/plain", "X-Site": "north" },
  auth: undefined,
});
const sent = renderRequest(integration, { id: "msg_1", event: anEvent() });
const { reply, request, text } = secretMasks(integration, { sent });
const shown = (body: string): string => reply({ status: 200, body }).body;

describe("a reply that repeats a secret", () => {
  it.each([
    ["as it is", secret],
    ["behind its scheme", `Bearer ${secret}`],
    ["encoded for a URL", encodeURIComponent(secret)],
    ["encoded for a URL in small letters", encodeURIComponent(secret).toLowerCase()],
    ["encoded for a form", new URLSearchParams({ k: secret }).toString()],
    ["as JSON", JSON.stringify({ k: secret })],
    ["as JSON of ASCII", '{"k":"s3cr\\u00e9t/\\"+k\\u20acy="}'],
    ["as JSON with escaped slashes", JSON.stringify({ k: secret }).replaceAll("/", "\\/")],
    ["as HTML", secret.replaceAll('"', "&quot;")],
    ["in base64", base64(secret)],
    ["in base64 for URLs", Buffer.from(secret).toString("base64url")],
    ["in hexadecimal", Buffer.from(secret).toString("hex")],
    ["as bytes that are read as Latin", Buffer.from(secret).toString("latin1")],
    ["in a base64 text", base64(`{"key":"${secret}"}`)],
    ["one place further in a base64 text", base64(`{"keys":"${secret}"}`)],
    ["two places further in a base64 text", base64(`{"a-key":"${secret}"}`)],
    ["as HTML with numbers", entities(10, "&#", secret)],
    ["as HTML with hexadecimal numbers", entities(16, "&#x", secret)],
    ["as JSON in JSON", JSON.stringify(JSON.stringify({ k: secret }))],
    ["encoded twice for a URL", encodeURIComponent(encodeURIComponent(secret))],
    ["with every character escaped", [...secret].map(unicodeEscape).join("")],
    ["in capital letters", secret.toUpperCase()],
    ["in small letters, encoded for a URL in part", secret.toLowerCase().replace("+", "%2B")],
    ["cut off", `x${secret.slice(0, 9)}`],
  ])("is masked %s", (_, echoed) => {
    const body = shown(echoed.startsWith("x") ? echoed : `before ${echoed} after`);
    expect(body).toContain("********");
    for (const part of [echoed.slice(-8, -2), secret.slice(2, 8), base64(secret).slice(4, 12)]) {
      expect(body).not.toContain(part);
    }
  });

  it("is found in a short time in any hostile text", () => {
    for (const password of [
      "\\".repeat(60),
      "%25".repeat(30),
      "&amp;".repeat(20),
      "a".repeat(99),
    ]) {
      const masks = secretMasks(anIntegration({ auth: { username: "u", password } }));
      for (const part of ["\\", "\\\\u005c", "%25", "&amp;", "&#0", "aA"]) {
        masks.text(`${part.repeat(5_000)}!`);
      }
    }
  });

  it("is masked in its headers and in a failure, too", () => {
    const masked = reply({
      status: 302,
      body: "",
      contentType: `text/plain; k=${secret}`,
      retryAfter: secret,
      location: `https://example.com/?k=${encodeURIComponent(secret)}`,
    });
    expect(JSON.stringify([masked, text(`no ${secret}`)])).not.toMatch(/s3cr/);
  });

  it("keeps all other text", () => {
    expect(shown("text/plain north 21.5 Bearer")).toBe("text/plain north 21.5 Bearer");
  });

  it.each<[string, Partial<Extract<Integration, { kind: "Webhook" }>>, string[]]>([
    [
      "HTTP Basic",
      { auth: { username: "anna", password: "pa:ss" } },
      ["pa:ss", base64("anna:pa:ss")],
    ],
    ["a name without a password", { auth: { username: "sk_live_1", password: "" } }, ["sk_live_1"]],
    [
      "a header with Basic",
      { headers: { authorization: `Basic ${base64("u:hidden")}` } },
      ["hidden"],
    ],
    ["a field of a header", { headers: { cookie: "sid=abcdefgh; theme=dark" } }, ["abcdefgh"]],
    ["a filled header", { headers: { "x-token": "k-{{PARTICLE_EVENT_VALUE}}" } }, ["k-21.5"]],
    ["an Azure key", { azure_sas_token: { key_name: "n", key: "azurekey" } }, ["azurekey"]],
    ["a signing secret", { signing: { secret: "whsec_c2lnbmluZw==" } }, ["c2lnbmluZw=="]],
  ])("masks %s", (_, given, secrets) => {
    const one = anIntegration(given);
    const asked = renderRequest(one, { id: "msg_1", event: anEvent() });
    for (const each of secrets) {
      const { body } = secretMasks(one, { sent: asked }).reply({ status: 200, body: `<${each}>` });
      expect(body).toBe("<********>");
    }
  });

  it("masks any secret in any surrounding text", () => {
    const any = fc
      .string({ unit: "grapheme", minLength: 9 })
      .filter((one) => one.trim().length > 8);
    fc.assert(
      fc.property(any, fc.string(), fc.string(), (password, before, after) => {
        const masks = secretMasks(anIntegration({ auth: { username: "u", password } }));
        const encode = [String, encodeURIComponent, JSON.stringify];
        for (const write of encode) {
          const written = write(password.toWellFormed());
          const { body } = masks.reply({ status: 200, body: `${before}${written}${after}` });
          expect(body).toContain("********");
        }
      }),
    );
  });
});

describe("a masked request", () => {
  it("hides only credentials", () => {
    expect(request(sent).headers).toEqual({
      "accept-encoding": "identity",
      authorization: "Bearer ********",
      "content-type": "text/plain",
      "godwit-hops": "1",
      "user-agent": "Godwit/1",
      "webhook-id": "msg_1",
      "x-site": "north",
    });
  });
});

describe("masked settings", () => {
  const headers = {
    "Content-Type": "application/json",
    Accept: "text/plain",
    "X-Site": "north",
    "X-Device": "{{PARTICLE_DEVICE_ID}}",
    "X-Event-Token": "{{{token}}}",
    Authorization: "Bearer {{{token}}}",
  };
  const secretHeaders = {
    "X-Api-Key": "abc",
    "x-auth-token": "t",
    "Ocp-Apim-Subscription-Key": "k",
    "X-Password": "p",
    "Client-Secret": "s",
    Cookie: "sid=1",
    "Proxy-Authorization": "Basic eDp5",
    "X-Custom": "Bearer abc",
    "X-Mixed-Key": "k-{{v}}",
  };
  const full = anIntegration({
    headers: { ...headers, ...secretHeaders },
    auth: { username: "anna", password: "pw" },
    azure_sas_token: { key_name: "n", key: "k" },
    json: { key: "no secret" },
    signing: { secret: "whsec_x" },
  });

  it("hide only secrets", () => {
    const masked = Object.keys(secretHeaders).map((name) => [name, "********"]);
    expect(maskSettings(full)).toEqual({
      ...full,
      headers: { ...headers, ...Object.fromEntries(masked) },
      auth: { username: "anna", password: "********" },
      azure_sas_token: { key_name: "n", key: "********" },
      signing: undefined,
    });
  });

  it("are restored when they are sent back, also with names in another case", () => {
    const secrets = ["headers", "auth", "azure_sas_token"];
    const { signing: _, ...whole } = full;
    const back = restoreSecrets(maskSettings(full), { stored: full, secrets });
    expect(back).toEqual(whole);
    const lower = { headers: { "x-api-key": "********", "x-new": "1" } };
    expect(restoreSecrets(lower, { stored: full, secrets })).toEqual({
      headers: { "x-api-key": "abc", "x-new": "1" },
    });
  });

  it.each([
    { headers: { "X-Other": "********" } },
    { headers: { "X-Api-Key": "Bearer ********" } },
    { auth: { username: "********x", password: "p" } },
    { policy_key: "********" },
  ])("are refused if %o masks a secret that is not stored", (given) => {
    const secrets = [...Object.keys(given)];
    expect(() => restoreSecrets(given, { stored: full, secrets })).toThrow(
      expect.objectContaining({ code: "invalid_request" }),
    );
  });
});
