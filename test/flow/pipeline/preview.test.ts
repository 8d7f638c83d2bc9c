import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cloud } from "../../../local/cloud.ts";
import { type ApiResponse, apiClient, openStream } from "../support/client.ts";
import { type ReceivedRequest, target } from "../support/target.ts";
import { startTestCloud } from "../support/testCloud.ts";
import { until } from "../support/until.ts";

let cloud: Cloud;
let ask: (method: string, path: string, body?: object | string) => Promise<ApiResponse>;

beforeAll(async () => {
  cloud = await startTestCloud();
  ask = apiClient(cloud, cloud.user.token);
});
afterAll(() => cloud.stop());

/** Request headers that a target receives and a preview does not show. */
const connectionHeaders = ["host", "connection", "content-length"];

const asPreviewed = ({ method, path, headers, body }: ReceivedRequest, url: string) => ({
  method,
  url: new URL(path, url).href,
  headers: Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !connectionHeaders.includes(name))
      // `node:http` decodes each byte of a header as one Latin-1 character.
      .map(([name, value]) => [name, Buffer.from(String(value), "latin1").toString("utf8")]),
  ),
  body,
});

describe("a preview", () => {
  it("equals the request that the target receives, byte for byte", async () => {
    const { url, received } = await target();
    const { body: made } = await ask("POST", "/v1/integrations", {
      event: "pre",
      url: `${url}{{PARTICLE_EVENT_NAME}}/é?a=1`,
      query: { when: "{{PARTICLE_PUBLISHED_AT}}" },
      headers: { "X-Key": "k {{v}}", TE: "trailers" },
      json: { text: "{{{v}}} – {{PARTICLE_EVENT_ID}}", "{{v}}": ["{{d}}"] },
    });
    const stream = await openStream(cloud, "/v1/devices/events/pre", cloud.user.token);
    const data = JSON.stringify({ v: "<ö>", d: 1 });
    const preview = () =>
      ask("POST", `/v1/integrations/${made.id}/preview`, {
        template: { headers: { "X-Key": "k {{v}}", TE: "trailers" } },
      });
    const shown = await until(
      "an event is stored",
      async () => {
        await ask("POST", "/v1/devices/events", { name: "preview", data });
        const { body } = await preview();
        return body.events.length > 0 && body;
      },
      20_000,
    );
    stream.close();
    expect(shown.from).toBe("recent");
    const [{ event, request }] = shown.events;
    expect(event).toMatchObject({ name: "preview", data, coreid: "api" });
    const id = request.headers["webhook-id"];
    const real = await until("the request arrives", () =>
      received.find(({ headers }) => headers["webhook-id"] === id),
    );
    const sentRequest = asPreviewed(real, url);
    const { "webhook-timestamp": at, "webhook-signature": signature } = sentRequest.headers;
    expect(at).toMatch(/^\d{10}$/);
    expect(signature).toMatch(/^v1,/);
    const regenerated = {
      "webhook-timestamp": expect.any(String),
      "webhook-signature": expect.any(String),
    };
    expect(request).toEqual({
      ...sentRequest,
      headers: { ...sentRequest.headers, ...regenerated },
    });
  }, 40_000);

  it("of unsaved settings sends and stores nothing, and notes that there are no events", async () => {
    const { url, received } = await target();
    const template = { event: "new", url, json: { v: "{{v}}" }, headers: { "x-key": "mine" } };
    const given = { name: "newer", data: { v: 7 } };
    const { status, body } = await ask("POST", "/v1/integrations/preview", {
      template,
      event: given,
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      from: "given",
      events: [
        {
          matches: true,
          request: { method: "POST", url, headers: { "x-key": "mine" } },
        },
      ],
    });
    expect(JSON.parse(body.events[0].request.body)).toMatchObject({ v: "7", event: "newer" });
    expect(received).toEqual([]);
    const listed = (await ask("GET", "/v1/integrations")).body;
    expect(listed.filter(({ event }: { event: string }) => event === "new")).toEqual([]);
    const product = await ask("POST", "/v1/products", { product: { name: "Quiet" } });
    const path = `/v1/products/${product.body.product.id}/integrations/preview`;
    const none = await ask("POST", path, { template });
    expect(none.body).toMatchObject({ events: [], from: "recent", note: expect.any(String) });
  });

  it("is refused for invalid settings", async () => {
    const { status, body } = await ask("POST", "/v1/integrations/preview", {
      template: { event: "x", url: "ftp://nowhere" },
    });
    expect(status).toBe(400);
    expect(body.error_description).toContain("url");
  });
});

describe("a test", () => {
  it("sends one request, returns its result and stores nothing", async () => {
    const { url, received } = await target(() => 410);
    const { body: made } = await ask("POST", "/v1/integrations", {
      event: "try",
      url,
      headers: { "x-key": "s3cret" },
    });
    const { status, body } = await ask("POST", `/v1/integrations/${made.id}/test`);
    expect(status).toBe(200);
    expect(received).toHaveLength(1);
    expect(received[0]?.headers["x-key"]).toBe("s3cret");
    expect(received[0]?.form).toMatchObject({ event: "try", data: "test", coreid: "api" });
    expect(JSON.stringify(body)).not.toContain("s3cret");
    expect(body).toMatchObject({ ok: false, verdict: "gone", reply: { status: 410, body: "" } });
    expect(body.request.body).toBe(received[0]?.body);
    const after = (await ask("GET", `/v1/integrations/${made.id}`)).body;
    expect(after.integration.disabled).toBe(false);
    const letters = await ask("GET", `/v1/integrations/${made.id}/dead-letters`);
    expect(letters.body.dead_letters).toEqual([]);
  });

  it("accepts an event, also from a form, and returns the reason for a missing reply", async () => {
    const down = await target();
    await down.close();
    const hook = { event: "try", url: down.url };
    const { body: made } = await ask("POST", "/v1/integrations", hook);
    const path = `/v1/integrations/${made.id}/test`;
    const { body } = await ask("POST", path, "event[name]=tried&event[data]=5");
    expect(body).toMatchObject({ ok: false, verdict: "failed", reply: null });
    expect(body.failure).toContain("ECONNREFUSED");
    expect(body.request.body).toContain("event=tried&data=5");
  });
});
