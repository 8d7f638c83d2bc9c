import { afterAll, beforeAll, expect, it } from "vitest";
import type { Cloud } from "../../../local/cloud.ts";
import { type ApiResponse, apiClient } from "../support/client.ts";
import { target } from "../support/target.ts";
import { startTestCloud } from "../support/testCloud.ts";
import { until } from "../support/until.ts";

let cloud: Cloud;
let ask: (method: string, path: string, body?: object | string) => Promise<ApiResponse>;

beforeAll(async () => {
  cloud = await startTestCloud();
  ask = apiClient(cloud, cloud.user.token);
});
afterAll(() => cloud.stop());

it("plans a replay of dead letters, limits its rate, stops it, and completes it with the same ids", async () => {
  const count = 40;
  let healthy = false;
  const { url, received } = await target(() => (healthy ? 200 : 500));
  const hook = { event: "lost", url };
  // The second attempt would be after the deadline.
  const { body: made } = await ask("POST", "/v1/integrations", { ...hook, deadline: 1 });
  const path = `/v1/integrations/${made.id}`;
  const deadLetters = async () =>
    (await ask("GET", `${path}/dead-letters`)).body.dead_letters as { id: string }[];
  for (let i = 0; i < count; i += 1) {
    await ask("POST", "/v1/devices/events", { name: "lost", data: String(i) });
  }
  await until(
    "all events are dead letters",
    async () => (await deadLetters()).length === count,
    30_000,
  );
  await until("it is listed as failing", async () => {
    const { body } = await ask("GET", "/v1/integrations?state=failing&search=lost&limit=1");
    return body.integrations[0]?.id === made.id;
  });
  await ask("PUT", path, { ...hook, disabled: true });
  const replay = `${path}/dead-letters/replay`;
  const refused = await ask("POST", replay, {});
  expect([refused.status, refused.body.error]).toEqual([409, "integration_disabled"]);
  await ask("PUT", path, hook);
  const ids = (await deadLetters()).map(({ id }) => id);

  // The pages of the lists, with their names in all lists.
  const walk = async (list: string, name: string): Promise<object[]> => {
    const found: object[] = [];
    let cursor: string | undefined;
    do {
      const { body } = await ask("GET", `${path}/${list}${cursor ? `&cursor=${cursor}` : ""}`);
      found.push(...body[name]);
      ({ cursor } = body);
    } while (cursor !== undefined);
    return found;
  };
  const since = new Date(0).toISOString();
  const letters = await walk(`dead-letters?limit=7&since=${since}&event=lost`, "dead_letters");
  expect(letters.map((one) => Reflect.get(one, "id"))).toEqual(ids);
  expect(await walk(`dead-letters?limit=7&until=${since}`, "dead_letters")).toEqual([]);
  const both = await ask("GET", `${path}/dead-letters?since=1&from=2`);
  expect(both).toMatchObject({ status: 400, body: { error: "invalid_request" } });
  const failed = await until("attempts are recorded", async () => {
    const found = await walk("attempts?outcome=failed&limit=3", "attempts");
    return found.length > 0 && found;
  });
  expect(failed).toContainEqual(
    expect.objectContaining({ ok: false, reply: expect.objectContaining({ status: 500 }) }),
  );
  expect(await walk("attempts?outcome=ok", "attempts")).toEqual([]);
  expect(await walk("attempts?device=api&until=1", "attempts")).toEqual([]);

  const plan = await ask("POST", replay, { plan: true, perSecond: 2, status: 500 });
  expect(plan.status).toBe(200);
  expect(plan.body).toMatchObject({ plan: true, at_least: false });
  // The circuit breaker delayed the other deliveries. Their reason states why they could not wait.
  expect(plan.body.count).toBeGreaterThan(0);
  expect(plan.body.expected_dollars).toBeGreaterThan(0);
  expect(plan.body.expected_seconds).toBeGreaterThan(5);
  expect((await deadLetters()).map(({ id }) => id)).toEqual(ids);

  healthy = true;
  received.splice(0);
  const { status, body } = await ask("POST", replay, { perSecond: 2 });
  expect(status).toBe(202);
  expect(body.job).toMatchObject({ kind: "replay", state: "running", total: ids.length, done: 0 });
  const job = `${path}/jobs/${body.job.id}`;
  await until(
    "some dead letters are replayed",
    async () => (await ask("GET", job)).body.job.done >= 2,
    20_000,
  );
  expect((await ask("POST", replay, {})).body.error).toBe("limit_reached");
  expect((await ask("DELETE", job)).status).toBe(200);
  const stopped = await until(
    "the job has stopped",
    async () => {
      const { body: progress } = await ask("GET", job);
      return progress.job.state === "stopped" && progress.job;
    },
    20_000,
  );
  const left = await deadLetters();
  expect(left.length).toBe(ids.length - stopped.done);
  expect(left.length).toBeGreaterThan(0);

  const again = await ask("POST", replay, { perSecond: 100 });
  expect(again.status).toBe(202);
  await until("all deliveries have arrived", () => received.length >= ids.length, 60_000);
  expect(received.map(({ headers }) => headers["webhook-id"]).toSorted()).toEqual(ids.toSorted());
  expect(await deadLetters()).toEqual([]);
  const { body: jobs } = await ask("GET", `${path}/jobs`);
  expect(jobs.jobs).toMatchObject([
    { kind: "replay" },
    { state: "stopped", stop_reason: "stopped by request" },
  ]);
}, 180_000);
