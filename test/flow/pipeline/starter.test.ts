import { afterAll, beforeAll, expect, it } from "vitest";
import * as z from "zod";
import type { Cloud } from "../../../local/cloud.ts";
import { apiClient, openStream } from "../support/client.ts";
import { target } from "../support/target.ts";
import { startTestCloud } from "../support/testCloud.ts";
import { until } from "../support/until.ts";

let cloud: Cloud;

beforeAll(async () => {
  cloud = await startTestCloud({ size: "starter" });
});
afterAll(() => cloud.stop());

it("an account with ten concurrent executions delivers events while streams are open and a target hangs", async () => {
  const { token } = cloud.user;
  const ask = apiClient(cloud, token);
  const [healthy, hanging] = [await target(), await target(() => undefined)];
  for (const [event, { url }] of [
    ["ok", healthy],
    ["stuck", hanging],
  ] as const) {
    const made = await ask("POST", "/v1/integrations", { event, url, integration_type: "Webhook" });
    expect(made.status).toBe(201);
  }
  const open = (who: string) => openStream(cloud, "/v1/devices/events", who);
  const streams = [await open(token), await open(token)];
  expect(streams.map(({ status }) => status)).toEqual([200, 200]);

  // Another user has a slot, but the region has none.
  const username = "eve@example.com";
  await cloud.admin({ addUser: { username, password: "a long password" } });
  const eve = z.object({ token: z.string() }).parse(await cloud.admin({ addToken: { username } }));
  const refused = await open(eve.token);
  expect(refused.status).toBe(429);

  for (const name of ["stuck/1", "stuck/2", "ok/1"]) {
    expect((await ask("POST", "/v1/devices/events", { name, data: "" })).status).toBe(200);
  }
  await until("both targets receive their events", () => {
    return healthy.received.length === 1 && hanging.received.length === 2;
  });
  await until("the streams show all events", () =>
    streams.every((stream) => stream.events().filter(({ event }) => /\d/.test(event)).length >= 3),
  );
});
