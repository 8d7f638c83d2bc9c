import { afterAll, beforeAll, expect, it } from "vitest";
import type { Cloud } from "../../local/cloud.ts";
import { type Answer, apiClient, connectDevice } from "./support/client.ts";
import { target } from "./support/target.ts";
import { startTestCloud } from "./support/testCloud.ts";
import { until } from "./support/until.ts";

let cloud: Cloud;
let ask: (method: string, path: string, body?: object | string) => Promise<Answer>;

beforeAll(async () => {
  cloud = await startTestCloud();
  ask = apiClient(cloud, cloud.user.token);
});
afterAll(() => cloud.stop());

it("what was published is delivered to an integration that is made afterwards", async () => {
  expect((await ask("GET", "/v1/archive")).body.archive).toEqual({ enabled: false, days: 30 });
  const { url, received } = await target();
  const before = await ask("POST", "/v1/integrations", { event: "kept", url });
  const early = `/v1/integrations/${before.body.id}/backfill`;
  expect((await ask("POST", early, { from: 0 })).body.error_description).toContain("not archived");
  expect((await ask("PUT", "/v1/archive", { enabled: true, days: 400 })).status).toBe(400);
  const on = await ask("PUT", "/v1/archive", { enabled: true, days: 7 });
  expect(on.body.archive).toEqual({ enabled: true, days: 7 });

  const device = await connectDevice(cloud, cloud.device);
  const count = 30;
  for (let i = 0; i < count; i += 1) {
    const topic = `events/${cloud.device.fleet}/${cloud.device.id}/kept/${i}`;
    await device.publishAsync(topic, JSON.stringify({ i, text: "é 😀" }), { qos: 1 });
  }
  await until("all are delivered", () => received.length >= count, 30_000);

  const later = await target();
  const { body: made } = await ask("POST", "/v1/integrations", { event: "kept/", url: later.url });
  const path = `/v1/integrations/${made.id}`;
  const plan = await until(
    "they are archived",
    async () => {
      const { body } = await ask("POST", `${path}/backfill`, { from: 0, plan: true });
      return body.count === count && body;
    },
    // A batch for the archive waits for a minute to be full.
    150_000,
  );
  expect(plan).toMatchObject({ plan: true, at_least: false, per_second: 20 });
  expect(later.received).toEqual([]);

  const preview = (await ask("POST", `${path}/preview`, { limit: 1 })).body;
  expect(preview.from).toBe("archive");
  const [shown] = preview.events;

  const { status, body } = await ask("POST", `${path}/backfill`, { from: 0, perSecond: 50 });
  expect(status).toBe(202);
  const job = `${path}/jobs/${body.job.id}`;
  await until(
    "the job is done",
    async () => {
      const { body: said } = await ask("GET", job);
      return said.job.state === "done" && said.job.done === count;
    },
    60_000,
  );
  await until("all arrive", () => later.received.length >= count, 30_000);
  expect(later.received).toHaveLength(count);
  const twin = later.received.find(
    ({ headers }) => headers["webhook-id"] === shown.request.headers["webhook-id"],
  );
  expect(twin?.body).toBe(shown.request.body);
  expect(new Set(later.values("data"))).toEqual(
    new Set(Array.from({ length: count }, (_, i) => JSON.stringify({ i, text: "é 😀" }))),
  );

  const ledger = Object.keys(cloud.services.lambda.usage()).find((name) =>
    name.includes("Recordsledger"),
  );
  await until("the ledger has them (I1)", async () => {
    // The template's schedule does this every minute.
    await cloud.services.lambda.invoke(ledger!, {});
    const { matched, delivered } = (await ask("GET", `${path}/ledger`)).body;
    return matched === count && delivered === count;
  });

  // Again, to one that has had them: the ids are those that it knows.
  const known = new Set(received.map(({ headers }) => headers["webhook-id"]));
  await ask("POST", early, { from: 0, perSecond: 50 });
  await until("all arrive again", () => received.length >= 2 * count, 60_000);
  expect(new Set(received.map(({ headers }) => headers["webhook-id"]))).toEqual(known);
}, 300_000);
