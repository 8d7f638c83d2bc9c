import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { acceptEvent } from "#shared/event/deviceEvent.ts";
import { eventNameBytesMax } from "#shared/event/limits.ts";
import { publishEvent, publishInput } from "#shared/event/publishEvent.ts";
import { eventDataBytesMax } from "#shared/platform/quotas.ts";
import { parseEventTopic } from "#shared/platform/topic.ts";
import { readLiveEvent } from "#shared/stream/liveEvent.ts";
import { memoryBroker } from "../../memory/platform/broker.ts";
import { someTime } from "../../memory/samples.ts";

const publish = async (given: object, hops?: number) => {
  const broker = memoryBroker();
  await publishEvent("f1", publishInput.parse(given), {
    broker,
    now: () => someTime,
    ...(hops !== undefined && { hops }),
  });
  const [message] = broker.published;
  return { topic: message?.topic, data: Buffer.from(message!.payload).toString() };
};

describe("publishing with the API", () => {
  it("publishes to the fleet's topic, with the publisher `api`", async () => {
    expect(await publish({ name: "a/b c", data: "21.5" })).toEqual({
      topic: `events/f1/api/a/b c/?at=${someTime}`,
      data: "21.5",
    });
  });

  it("requires only a name", async () => {
    expect(await publish({ name: "n" })).toEqual({
      topic: `events/f1/api/n/?at=${someTime}`,
      data: "",
    });
  });

  it("preserves any valid name", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), async (name) => {
        const parsed = publishInput.safeParse({ name });
        if (!parsed.success) return;
        const sent = await publish({ name }).catch((error) => error.code);
        if (sent === "invalid_request") return;
        expect(sent.topic).not.toMatch(/[+#]/);
        expect(parseEventTopic(sent.topic)).toMatchObject({ fleet: "f1", device: "api", name });
      }),
    );
  });

  it("puts the time and the hops into the topic", async () => {
    const { topic = "" } = await publish({ name: "a" }, 2);
    const receivedAt = someTime + 300;
    const event = { topic, receivedAt, id: "uuid-1", data: "" };
    expect(acceptEvent(event)?.event).toMatchObject({ publishedAt: someTime, hops: 2 });
    const live = readLiveEvent(
      { fleet: "f1", prefix: "" },
      { ...event, receivedAt: someTime + 99 },
    );
    expect(live?.publishedAt).toBe(someTime);
  });

  it("omits the properties if the name leaves no space", async () => {
    expect((await publish({ name: "a/b/c/d/e" }, 2)).topic).toBe("events/f1/api/a/b/c/d/e");
  });

  it("refuses a name with a lone surrogate, which no topic can contain", () => {
    expect(publishInput.safeParse({ name: "\ud83d\ude00" }).success).toBe(true);
    for (const half of ["\ud83d", "\ude00", "n\ud83d", "\ude00\ud83d"]) {
      expect(publishInput.safeParse({ name: half }).success).toBe(false);
    }
  });

  it.each([
    ["text", "text"],
    ["", ""],
    [null, ""],
    [21.5, "21.5"],
    [false, "false"],
    [{ a: [1] }, '{"a":[1]}'],
    [{ toString: 1 }, '{"toString":1}'],
    [[1, 2], "[1,2]"],
  ])("publishes the data %j as %j", async (given, data) => {
    expect(await publish({ name: "n", data: given })).toMatchObject({ data });
  });

  it.each([
    "",
    " a",
    "a+b",
    "#",
    "a//b",
    "/a",
    "a/",
    "a/?id=1",
    "?id=1",
    "a\nb",
    "a\u0000",
    "x".repeat(eventNameBytesMax + 1),
    "é".repeat(eventNameBytesMax / 2 + 1),
    5,
    undefined,
  ])("refuses the name %j", (name) => {
    expect(publishInput.safeParse({ name }).success).toBe(false);
  });

  it("accepts names and data of the maximum size, and refuses larger ones", async () => {
    const data = "x".repeat(eventDataBytesMax);
    expect(await publish({ name: "é".repeat(eventNameBytesMax / 2), data })).toMatchObject({
      data,
    });
    await expect(publish({ name: "n", data: `${data}x` })).rejects.toMatchObject({
      code: "too_large",
      status: 413,
    });
    await expect(publish({ name: "a/b/c/d/e/f/g" })).rejects.toMatchObject({
      code: "invalid_request",
    });
  });
});
