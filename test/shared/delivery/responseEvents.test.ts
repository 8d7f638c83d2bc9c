import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  responseBytesMax,
  responsePartBytes,
  responseUnchunkedBytesMax,
} from "#shared/delivery/limits.ts";
import {
  type AttemptedDelivery,
  responseEvents,
  sentEvent,
} from "#shared/delivery/responseEvents.ts";
import { anEvent, anIntegration, base64, deviceId } from "../../memory/samples.ts";

const told = (
  reply: AttemptedDelivery["reply"] | string,
  given: Parameters<typeof anIntegration>[0] = {},
) => {
  const integration = anIntegration(given);
  const event = anEvent({ data: base64('{"t":21.5}') });
  const failure = typeof reply === "string" ? reply : undefined;
  return responseEvents({
    event,
    integration,
    ...(typeof reply === "string" ? { failure } : { reply }),
  }).map(({ name, data }) => ({ name, data: Buffer.from(data).toString("utf8"), data2: data }));
};
const ok = (body: string) => ({ status: 200, body });
const said = (events: ReturnType<typeof told>) => events.map(({ name, data }) => [name, data]);

describe("a reply", () => {
  it("with a body becomes a response event, named after the event that led to it", () => {
    expect(said(told(ok("fine")))).toEqual([["hook-response/temperature/0", "fine"]]);
  });

  it("without a body becomes no event", () => {
    expect(told({ status: 204, body: "" })).toEqual([]);
  });

  it("is split into chunks at character boundaries, and is complete", () => {
    const text = fc.string({ unit: "grapheme", minLength: 0, maxLength: 3_000, size: "max" });
    fc.assert(
      fc.property(text, (body) => {
        const events = told(ok(body));
        expect(events.map(({ data }) => data).join("")).toBe(body);
        for (const [n, { name, data2 }] of events.entries()) {
          expect(name).toBe(`hook-response/temperature/${n}`);
          expect(data2.length).toBeGreaterThan(0);
          expect(data2.length).toBeLessThanOrEqual(responsePartBytes);
          expect(new TextDecoder("utf-8", { fatal: true }).decode(data2)).toBeDefined();
        }
      }),
    );
  });

  it("is truncated to the limit at a character boundary", () => {
    const events = told(ok(`x${"é".repeat(responseBytesMax)}`));
    const whole = events.map(({ data }) => data).join("");
    expect(whole).toBe(`x${"é".repeat((responseBytesMax - 2) / 2)}`);
  });

  it("is one event if the integration is unchunked, up to the size of an event", () => {
    const body = "x".repeat(responseUnchunkedBytesMax);
    expect(said(told(ok(body), { unchunked: true }))).toEqual([
      ["hook-response/temperature/0", body],
    ]);
  });

  it("is rendered by a template with its JSON", () => {
    const body = '{"main":{"temp":3,"all":["a","<b>"]}}';
    const responseTemplate = "{{main.temp}} {{{main.all.1}}} {{none}}";
    expect(said(told(ok(body), { responseTemplate }))[0]?.[1]).toBe("3 <b> ");
    expect(said(told(ok('[{"a":1}]'), { responseTemplate: "{{0.a}}" }))[0]?.[1]).toBe("1");
    expect(told(ok("no JSON"), { responseTemplate: "{{a}}" })).toEqual([]);
  });

  it.each([
    ['[{"n":"x"},{"n":"y"}]', "{{#.}}{{n}};{{/.}}", "x;y;"],
    ['[{"n":"x"},{"n":"y"}]', "{{1.n}}", "y"],
    ["[1,[2,3]]", "{{#.}}<{{.}}>{{/.}}{{1.0}}", "<1><2,3>2"],
    ["21.5", "{{.}} °C", "21.5 °C"],
    ['"<b>"', "{{{.}}} {{.}}", "<b> &lt;b&gt;"],
    ["true", "{{#.}}yes{{/.}}{{^.}}no{{/.}}", "yes"],
    ["false", "{{#.}}yes{{/.}}{{^.}}no{{/.}}", "no"],
    ["null", "{{.}}{{a}}-", "-"],
    ["[]", "{{^.}}none{{/.}}", "none"],
    ["plain text", "{{{.}}}!", "plain text!"],
  ])("of the reply %s renders the template %s", (body, responseTemplate, text) => {
    expect(said(told(ok(body), { responseTemplate }))[0]?.[1]).toBe(text);
  });

  it("is JSON if the template is an object", () => {
    const body = JSON.stringify({ results: [{ location: { lat: 1.5, lng: -2 } }] });
    const responseTemplate = {
      lat: "{{{results.0.location.lat}}}",
      deep: { "{{results.0.location.lng}}": ["{{none}}", 7] },
    };
    const [event] = said(told(ok(body), { responseTemplate }));
    expect(JSON.parse(event?.[1] ?? "")).toEqual({ lat: "1.5", deep: { "-2": ["", 7] } });
  });

  it("has the name that the integration sets", () => {
    const responseTopic = "{{PARTICLE_DEVICE_ID}}/got/{{t}}";
    expect(said(told(ok("x"), { responseTopic }))).toEqual([[`${deviceId}/got/21.5/0`, "x"]]);
  });

  it("of a product's integration has the device id before its name", () => {
    expect(said(told(ok("x"), { product: 1 }))).toEqual([
      [`${deviceId}/hook-response/temperature/0`, "x"],
    ]);
  });

  it("that is binary becomes a data URL if the integration requests it", () => {
    const reply = {
      status: 200,
      body: "\ufffd",
      bytes: new Uint8Array([0xff, 0x01]),
      contentType: "image/png",
    };
    expect(said(told(reply, { dataUrlResponseEvent: true }))[0]?.[1]).toBe(
      "data:image/png;base64,/wE=",
    );
  });

  it("is not published if the integration disables it", () => {
    expect(told(ok("x"), { hookResponse: false })).toEqual([]);
    expect(told({ status: 500, body: "x" }, { hookError: false })).toEqual([]);
  });
});

describe("a failure", () => {
  it("becomes an error event with the status and the host", () => {
    expect(said(told({ status: 404, body: "not here" }))).toEqual([
      ["hook-error/temperature/0", "error status 404 from example.com"],
    ]);
  });

  it("without a reply has the reason", () => {
    expect(said(told("no reply within 20 s"))).toEqual([
      ["hook-error/temperature/0", "no reply within 20 s"],
    ]);
  });

  it("has its own name, also in a product", () => {
    const errorResponseTopic = "failed/{{PARTICLE_EVENT_NAME}}";
    expect(said(told("why", { errorResponseTopic }))[0]?.[0]).toBe("failed/temperature/0");
    expect(said(told("why", { product: 1 }))[0]?.[0]).toBe("hook-error/temperature/0");
  });
});

it("is published as an event without data for a request", () => {
  const { name, data } = sentEvent({ event: anEvent(), integration: anIntegration() });
  expect([name, data.length]).toEqual(["hook-sent/temperature", 0]);
});
