import { setTimeout as wait } from "node:timers/promises";
import Particle from "particle-api-js";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { sizes } from "../../../infra/sizes.ts";
import type { Cloud } from "../../../local/cloud.ts";
import { apiClient, openStream } from "../support/client.ts";
import { streamSlotsOf } from "../support/streamSlots.ts";
import { startTestCloud } from "../support/testCloud.ts";
import { until } from "../support/until.ts";

let cloud: Cloud;
let ask: ReturnType<typeof apiClient>;

/** Short, so that the end of a stream can be tested. */
const streamSeconds = 8;

beforeAll(async () => {
  cloud = await startTestCloud({ streamSeconds });
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

describe("Particle's client, when the cloud ends its stream", () => {
  it("returns by itself, and receives every event once", async () => {
    const particle = new Particle({ baseUrl: cloud.api });
    const stream = await particle.getEventStream({ auth: cloud.user.token, name: "again" });
    onTestFinished(() => stream.abort());
    const seen: string[] = [];
    const changes: string[] = [];
    stream.on("event", ({ name }: { name: string }) => seen.push(name));
    for (const change of ["disconnect", "reconnect", "reconnect-success", "reconnect-error"]) {
      stream.on(change, () => changes.push(change));
    }
    const published: string[] = [];
    const hasReturned = () => changes.includes("reconnect-success");
    const publish = async (isOver: () => boolean) => {
      while (!isOver()) {
        const name = `again/${published.length}`;
        await ask("POST", "/v1/devices/events", { name, data: "" });
        published.push(name);
        await wait(50);
      }
    };
    await publish(hasReturned);
    const { length } = published;
    await publish(() => published.length > length + 10);
    await until("all events are received", () => new Set(seen).size === published.length, 30_000);
    expect(seen.toSorted()).toEqual(published.toSorted());
    expect(changes.slice(0, 3)).toEqual(["disconnect", "reconnect", "reconnect-success"]);
  }, 90_000);
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
  const slots = streamSlotsOf(cloud);
  const holder = { kind: "user", name: cloud.user.username } as const;
  const { perUser } = sizes.standard.slots.streams;
  const occupy = (number: number) => {
    const now = Date.now();
    const until = now + 600_000;
    const another = { number, id: "id-of-another", client: "another", since: now, until };
    return slots.occupy(holder, another, { now });
  };
  const numbers = Array.from({ length: perUser }, (_, number) => number);
  await until(
    "all slots are occupied",
    async () => {
      for (const number of numbers) await occupy(number);
      const { occupied } = await slots.list(holder, Date.now());
      return occupied.filter(({ client }) => client === "another").length === perUser;
    },
    60_000,
  );
  const open = () => openStream(cloud, "/v1/devices/events", cloud.user.token);
  const refused = await open();
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  await until("the refusal is received", () => refused.text().includes("too_many_requests"));
  await slots.release(holder, { number: 0, id: "id-of-another" });
  expect((await open()).status).toBe(200);
}, 90_000);
