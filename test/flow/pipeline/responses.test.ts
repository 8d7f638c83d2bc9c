import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cloud } from "../../../local/cloud.ts";
import { type ApiResponse, apiClient, connectDevice } from "../support/client.ts";
import { startTestCloud } from "../support/testCloud.ts";
import { until } from "../support/until.ts";

let cloud: Cloud;
let ask: (method: string, path: string, body?: object | string) => Promise<ApiResponse>;

interface Got {
  readonly headers: Record<string, string>;
  readonly body: string;
}
const received: Got[] = [];
const server = createServer(async (request, response) => {
  const body = await text(request);
  received.push({ headers: { ...request.headers } as Record<string, string>, body });
  if (request.url === "/refuses") response.writeHead(404).end("no");
  else response.writeHead(200).end(JSON.stringify({ said: "é".repeat(300) }));
});

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  cloud = await startTestCloud();
  ask = apiClient(cloud, cloud.user.token);
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await cloud.stop();
});

const make = async (
  event: string,
  path: string,
  more: object = {},
): Promise<ApiResponse["body"]> => {
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}${path}`;
  const made = await ask("POST", "/v1/integrations", { event, url, ...more });
  expect(made.status).toBe(201);
  return made.body;
};

describe("a response event", () => {
  it("reaches subscribed devices of the fleet, split between characters, and no webhook", async () => {
    await make("weather", "/answers", { responseTemplate: "{{said}}", hookSent: true });
    await make("weather", "/refuses");
    await make("hook-", "/answers");
    const device = await connectDevice(cloud, cloud.device);
    const responseEvents: { name: string; data: string }[] = [];
    const prefix = `events/${cloud.device.fleet}/particle-internal/`;
    device.on("message", (topic, payload) => {
      if (!topic.startsWith(prefix)) return;
      const name = topic.slice(prefix.length).replace(/\/\?.*$/, "");
      responseEvents.push({ name, data: payload.toString() });
    });
    await device.subscribeAsync(`${prefix}#`, { qos: 1 });
    await ask("POST", "/v1/devices/events", { name: "weather/now", data: "?" });
    await until("four events are received", () => responseEvents.length >= 4);
    const parts = responseEvents.filter(({ name }) =>
      name.startsWith("hook-response/weather/now/"),
    );
    const inOrder = parts.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    expect(inOrder.map(({ data }) => data)).toEqual(["é".repeat(256), "é".repeat(44)]);
    expect(responseEvents).toContainEqual({ name: "hook-sent/weather/now", data: "" });
    expect(responseEvents).toContainEqual({
      name: "hook-error/weather/now/0",
      data: expect.stringMatching(/^error status 404 from 127\.0\.0\.1/),
    });
    expect(received).toHaveLength(2);
  });
});

describe("a webhook's secret", () => {
  it("signs requests, is shown once, and can be rotated while both secrets are valid", async () => {
    const json = { t: "{{PARTICLE_EVENT_VALUE}}" };
    const made = await make("signed", "/answers", { json, hookResponse: false });
    const arrival = async (name: string): Promise<Got> => {
      await ask("POST", "/v1/devices/events", { name, data: "21.5" });
      return until("the request arrives", () => received.find(({ body }) => body.includes(name)));
    };
    const first = await arrival("signed/1");
    const old = new Webhook(made.signing_secret);
    expect(old.verify(first.body, first.headers)).toMatchObject({ t: "21.5" });

    const path = `/v1/integrations/${made.id}`;
    expect(JSON.stringify((await ask("GET", path)).body)).not.toContain(made.signing_secret);
    const rotated = (await ask("POST", `${path}/signing-secret`)).body;
    expect(rotated.signing_secret).not.toBe(made.signing_secret);
    const second = await arrival("signed/2");
    expect(old.verify(second.body, second.headers)).toBeDefined();
    expect(new Webhook(rotated.signing_secret).verify(second.body, second.headers)).toBeDefined();
  });
});
