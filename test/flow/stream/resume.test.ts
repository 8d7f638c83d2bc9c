import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cloud } from "../../../local/cloud.ts";
import { apiClient, connectDevice, type OpenStream, openStream } from "../support/client.ts";
import { streamSlotsOf } from "../support/streamSlots.ts";
import { target } from "../support/target.ts";
import { startTestCloud } from "../support/testCloud.ts";
import { until } from "../support/until.ts";

let cloud: Cloud;

beforeAll(async () => {
  cloud = await startTestCloud();
});
afterAll(() => cloud.stop());

const publish = async (...names: string[]): Promise<void> => {
  const ask = apiClient(cloud, cloud.user.token);
  for (const name of names) await ask("POST", "/v1/devices/events", { name, data: "1" });
};

const open = async (path: string, headers: Record<string, string> = {}): Promise<OpenStream> => {
  const stream = await openStream(cloud, path, cloud.user.token, headers);
  await until("the stream is open", () => stream.text().includes(":ok"));
  return stream;
};

const named = (stream: OpenStream): string[] => stream.events().map(({ event }) => event);

/** Opens a stream, receives an event and closes the stream. Returns the stream position. */
const cutAfter = async (path: string, name: string): Promise<string> => {
  const stream = await open(path);
  await until("the stream sends a position", () => stream.lastId());
  await publish(name);
  await until("the event is received", () => named(stream).includes(name));
  stream.close();
  return stream.lastId() ?? "";
};

/** Whether the stream that sent a position still occupies its slot. */
const isRunning = async (position: string): Promise<boolean> => {
  const holder = { kind: "user", name: cloud.user.username } as const;
  const { occupied } = await streamSlotsOf(cloud).list(holder, Date.now());
  return occupied.some(({ id }) => position.includes(id));
};

describe("a stream after a lost connection", () => {
  it("resumes at the client's position: every event, once and in order", async () => {
    const lastId = await cutAfter("/v1/devices/events/r%2F", "r/1");
    const device = await connectDevice(cloud, cloud.device);
    await publish("r/2", "other");
    const { fleet, id } = cloud.device;
    await device.publishAsync(`events/${fleet}/${id}/r/3/?id=k`, "bytes é", { qos: 1 });
    await publish("r/4");
    const back = await open("/v1/devices/events/r%2F", { "last-event-id": lastId });
    await publish("r/5");
    await until("all events are received", () => new Set(named(back)).size === 4, 25_000);
    expect(named(back).toSorted()).toEqual(["r/2", "r/3", "r/4", "r/5"]);
    expect(back.events().find(({ event }) => event === "r/3")?.data).toMatchObject({
      data: "bytes é",
      coreid: id,
    });
    expect(back.text()).not.toContain("gap");
  }, 60_000);

  it("accepts the position in the query, and repeats nothing to a client that missed nothing, and ends its former stream", async () => {
    const other = await open("/v1/devices/events");
    const lastId = await cutAfter("/v1/devices/events", "q/1");
    // The former stream is not told that its client has left.
    expect(await isRunning(lastId)).toBe(true);
    const back = await open(`/v1/events/q?lastEventId=${lastId}`);
    await publish("q/2");
    await until("the new event is received", () => named(back).includes("q/2"));
    // The position advances when no late event can arrive any more.
    const [place = ""] = lastId.split("~");
    const hasMoved = () => back.lastId()?.startsWith(place) === false;
    await until("the position has advanced", hasMoved, 40_000);
    expect(named(back)).toEqual(["q/2"]);
    await until("the former stream has ended", async () => !(await isRunning(lastId)));
    for (const stream of [back, other]) expect(stream.text()).not.toContain("end of stream");
  }, 60_000);

  it("reports a gap if the position is older than the stored events", async () => {
    const longAgo = (Date.now() - 3_600_000).toString(36);
    const back = await open("/v1/devices/events", { "last-event-id": longAgo });
    await until("the stream reports a gap", () => back.text().includes(": gap: "));
    const nonsense = await open("/v1/devices/events", { "last-event-id": "nonsense" });
    await publish("n/1");
    await until("the event is received", () => named(nonsense).includes("n/1"));
  });
});

describe("an event without a time in its topic", () => {
  it("has the same time on two streams, in a webhook and after a resume", async () => {
    const ask = apiClient(cloud, cloud.user.token);
    const { url, received } = await target();
    await ask("POST", "/v1/integrations", { integration_type: "Webhook", event: "t/", url });
    const { fleet, id } = cloud.device;
    const device = await connectDevice(cloud, cloud.device);
    const paths = ["/v1/devices/events/t%2F", `/v1/devices/${id}/events/t%2F`];
    const streams = await Promise.all(paths.map((path) => open(path)));
    await until("both streams send a position", () => streams.every((stream) => stream.lastId()));
    const [first, second] = streams.map((stream) => stream.lastId());
    expect(second).toBeDefined();
    const names = ["t/1", "t/2", "t/a/b/c/d", "t/3", "t/3"];
    for (const name of names) {
      await device.publishAsync(`events/${fleet}/${id}/${name}`, "x", { qos: 1 });
    }
    await until("all events are delivered", () => received.length === names.length, 15_000);
    await until("all events are received", () =>
      streams.every((one) => named(one).length === names.length),
    );
    for (const stream of streams) expect(named(stream)).toEqual(names);
    const resumed = await open(paths[0]!, { "last-event-id": first! });
    await until(
      "all events are received again",
      () => named(resumed).length === names.length,
      15_000,
    );
    const delivered = received.map(({ form }) => `${form.event} ${form.published_at}`).toSorted();
    for (const stream of [...streams, resumed]) {
      const shown = stream.events().map(({ event, data }) => `${event} ${data.published_at}`);
      expect(shown.toSorted()).toEqual(delivered);
    }
  }, 60_000);
});
