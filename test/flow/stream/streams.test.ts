import Particle from "particle-api-js";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { slotRetrySeconds } from "#shared/account/caller/limits.ts";
import { dynamoConcurrencySlots } from "#shared/aws/account/concurrencySlots.ts";
import { openTables, standardRetry } from "#shared/aws/platform/clients.ts";
import { sizes } from "../../../infra/sizes.ts";
import type { Cloud } from "../../../local/cloud.ts";
import { apiClient, openStream } from "../support/client.ts";
import { startTestCloud } from "../support/testCloud.ts";
import { until } from "../support/until.ts";

let cloud: Cloud;
let ask: ReturnType<typeof apiClient>;

beforeAll(async () => {
  cloud = await startTestCloud();
  ask = apiClient(cloud, cloud.user.token);
});
afterAll(() => cloud.stop());

describe("Particle's client", () => {
  it("receives every event once, and nothing else, on a stream with positions", async () => {
    const particle = new Particle({ baseUrl: cloud.api });
    const stream = await particle.getEventStream({ auth: cloud.user.token, deviceId: "mine" });
    onTestFinished(() => stream.abort());
    const seen: { name: string; data: string; coreid: string }[] = [];
    stream.on("event", (event: (typeof seen)[number]) => seen.push(event));
    const raw = await openStream(cloud, "/v1/devices/events", cloud.user.token);
    await until("the stream sends a position", () => raw.lastId());
    const names = Array.from({ length: 20 }, (_, i) => `p/${i}`);
    for (const name of names) await ask("POST", "/v1/devices/events", { name, data: "é 🌍" });
    await until("the last event is received", () => seen.some(({ name }) => name === "p/19"));
    expect(seen.map(({ name }) => name)).toEqual(names);
    expect(seen[0]).toMatchObject({ name: "p/0", data: "é 🌍", coreid: "api" });
  });
});

describe("a product's event stream", () => {
  it("shows the product's events and not the user's, for an encoded or unencoded prefix", async () => {
    const made = await ask("POST", "/v1/products", { name: "Seen", platform_id: 6 });
    const { id } = made.body.product;
    const paths = ["", "/a%2Fb", "/a/b"].map((rest) => `/v1/products/${id}/events${rest}`);
    const streams = await Promise.all(
      paths.map((path) => openStream(cloud, path, cloud.user.token)),
    );
    await until("all streams are open", () => streams.every((one) => one.text().includes(":ok")));
    await ask("POST", "/v1/devices/events", { name: "a/b/mine", data: "" });
    for (const name of ["a/x", "a/b/c"]) {
      await ask("POST", `/v1/products/${id}/events`, { name, data: "" });
    }
    const seen = () => streams.map((one) => one.events().map(({ event }) => event));
    await until("the last event is received", () =>
      seen().every((names) => names.includes("a/b/c")),
    );
    expect(seen()).toEqual([["a/x", "a/b/c"], ["a/b/c"], ["a/b/c"]]);
  });
});

it("limits the concurrent streams of a user, until one of them ends", async () => {
  const { url } = cloud.services.tables;
  const credentials = cloud.services.invocation;
  vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", url);
  vi.stubEnv("AWS_ACCESS_KEY_ID", credentials.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", credentials.secretAccessKey);
  onTestFinished(() => void vi.unstubAllEnvs());
  const slots = dynamoConcurrencySlots(openTables(standardRetry, "us-east-1"), "godwit-places");
  const acquire = () =>
    slots.acquire("streams", cloud.user.username, {
      max: sizes.standard.slots.streams.perUser,
      now: Date.now(),
      until: Date.now() + 900_000,
    });
  const open = () => openStream(cloud, "/v1/devices/events", cloud.user.token);
  const others = [await acquire()];
  while (others.at(-1) !== undefined) others.push(await acquire());
  const refused = await open();
  expect(refused.status).toBe(429);
  expect(refused.headers.get("retry-after")).toBe(String(slotRetrySeconds.streams));
  await until("the refusal is received", () => refused.text().includes("too_many_requests"));

  await slots.release(others[0]!);
  const stream = await open();
  expect(stream.status).toBe(200);
  expect(await acquire()).toBeUndefined();
  stream.close();
  await until("the slot is free again", acquire);
});
