import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import Particle from "particle-api-js";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { slotRetrySeconds } from "#shared/account/caller/limits.ts";
import { dynamoConcurrencySlots } from "#shared/aws/account/concurrencySlots.ts";
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
  it("sees every event once on a stream that says where it is, and nothing else", async () => {
    const particle = new Particle({ baseUrl: cloud.api });
    const stream = await particle.getEventStream({ auth: cloud.user.token, deviceId: "mine" });
    onTestFinished(() => stream.abort());
    const seen: { name: string; data: string; coreid: string }[] = [];
    stream.on("event", (event: (typeof seen)[number]) => seen.push(event));
    const raw = await openStream(cloud, "/v1/devices/events", cloud.user.token);
    await until("it says where it is", () => raw.lastId());
    const names = Array.from({ length: 20 }, (_, i) => `p/${i}`);
    for (const name of names) await ask("POST", "/v1/devices/events", { name, data: "é 🌍" });
    await until("the last is seen", () => seen.some(({ name }) => name === "p/19"));
    expect(seen.map(({ name }) => name)).toEqual(names);
    expect(seen[0]).toMatchObject({ name: "p/0", data: "é 🌍", coreid: "api" });
  });
});

describe("a product's event stream", () => {
  it("shows the product's events and not the user's, with a prefix that is encoded or not", async () => {
    const made = await ask("POST", "/v1/products", { name: "Seen", platform_id: 6 });
    const { id } = made.body.product;
    const paths = ["", "/a%2Fb", "/a/b"].map((rest) => `/v1/products/${id}/events${rest}`);
    const streams = await Promise.all(
      paths.map((path) => openStream(cloud, path, cloud.user.token)),
    );
    await until("all are open", () => streams.every((one) => one.text().includes(":ok")));
    await ask("POST", "/v1/devices/events", { name: "a/b/mine", data: "" });
    for (const name of ["a/x", "a/b/c"]) {
      await ask("POST", `/v1/products/${id}/events`, { name, data: "" });
    }
    const seen = () => streams.map((one) => one.events().map(({ event }) => event));
    await until("the last is seen", () => seen().every((names) => names.includes("a/b/c")));
    expect(seen()).toEqual([["a/x", "a/b/c"], ["a/b/c"], ["a/b/c"]]);
  });
});

it("is one of few of its user: the next one is told to wait until one of them is over", async () => {
  const { url } = cloud.services.tables;
  const credentials = cloud.services.invocation;
  const db = new DynamoDBClient({ region: "us-east-1", endpoint: url, credentials });
  onTestFinished(() => db.destroy());
  const slots = dynamoConcurrencySlots(DynamoDBDocumentClient.from(db), "godwit-places");
  const acquire = () =>
    slots.acquire("streams", cloud.user.username, { now: Date.now(), until: Date.now() + 900_000 });
  const open = () => openStream(cloud, "/v1/devices/events", cloud.user.token);
  const others = [await acquire()];
  while (others.at(-1) !== undefined) others.push(await acquire());
  const refused = await open();
  expect(refused.status).toBe(429);
  expect(refused.headers.get("retry-after")).toBe(String(slotRetrySeconds.streams));
  await until("it is told why", () => refused.text().includes("too_many_requests"));

  await slots.release(others[0]!);
  const stream = await open();
  expect(stream.status).toBe(200);
  expect(await acquire()).toBeUndefined();
  stream.close();
  await until("its place is free again", acquire);
});
