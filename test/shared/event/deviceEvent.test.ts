import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { acceptEvent, deviceEvent, eventText, receivedEvent } from "#shared/event/deviceEvent.ts";
import { eventDataBytesMax } from "#shared/platform/quotas.ts";
import { base64, someTime } from "../../memory/samples.ts";

const received = (topic: string, id = "uuid-1") => ({
  topic,
  receivedAt: someTime,
  id,
  data: base64("21.5"),
});

describe("a message of the topic rule", () => {
  it("becomes an event with the rule's id and time", () => {
    expect(acceptEvent(received("events/f/d/a/b"))).toEqual({
      event: {
        id: "uuid-1",
        fleet: "f",
        device: "d",
        name: "a/b",
        data: base64("21.5"),
        publishedAt: someTime,
      },
      message: "uuid-1",
      received: received("events/f/d/a/b"),
    });
  });

  it("has the same id for each repeat of a device's event, and a different id for other events", () => {
    const id = (topic: string, uuid: string) => acceptEvent(received(topic, uuid))?.event.id;
    const first = id("events/f/d/n/?id=k", "uuid-1");
    expect(id("events/f/d/n/?id=k&at=5", "uuid-2")).toBe(first);
    const others = ["events/f/d/n/?id=l", "events/f/e/n/?id=k", "events/g/d/n/?id=k"];
    for (const topic of others) expect(id(topic, "uuid-1")).not.toBe(first);
    expect(id("events/f/d/n/?id=", "uuid-9")).toBe("uuid-9");
  });

  it("contains the device's own id for its acknowledgement, and the device's time", () => {
    const accepted = acceptEvent(received("events/f/d/n/?id=k1&at=7"));
    expect(accepted).toMatchObject({ key: "k1", event: { name: "n", publishedAt: 7 } });
  });

  it("is rejected if its topic is not an event topic", () => {
    expect(acceptEvent(received("acks/d"))).toBeUndefined();
  });

  it("is an event that the delivery queue's schema accepts", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.uint8Array(), (rest, bytes) => {
        const data = Buffer.from(bytes).toString("base64");
        const raw = { ...received(`events/f/d/${rest}`), data };
        const accepted = acceptEvent(receivedEvent.parse(raw));
        if (accepted) expect(deviceEvent.parse(accepted.event)).toEqual(accepted.event);
      }),
    );
  });

  it("is an event without data if the rule omitted the data", () => {
    const { data: _, ...bare } = received("events/f/d/n");
    expect(receivedEvent.parse(bare).data).toBe("");
  });

  it("may be empty, and as large as IoT Core accepts", () => {
    expect(receivedEvent.safeParse({ ...received("events/f/d/n"), data: "" }).success).toBe(true);
    const data = Buffer.alloc(eventDataBytesMax, 0xff).toString("base64");
    expect(receivedEvent.safeParse({ ...received("events/f/d/n"), data }).success).toBe(true);
  });

  it.each([
    { data: "not base64!" },
    { receivedAt: "1" },
    { receivedAt: -1 },
    { receivedAt: 8_640_000_000_000_001 },
    { id: "" },
    { topic: 5 },
  ])("is refused with %o", (wrong) => {
    expect(receivedEvent.safeParse({ ...received("events/f/d/n"), ...wrong }).success).toBe(false);
  });
});

describe("an event's text", () => {
  it("is the published text, with any characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(eventText({ data: base64(text) })).toBe(text);
      }),
    );
    expect(eventText({ data: base64("\ufeffwith a mark") })).toBe("\ufeffwith a mark");
  });

  it("is a lossless data URL if the data is not UTF-8", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const broken = Buffer.concat([bytes, Buffer.from([0xff])]);
        const text = eventText({ data: broken.toString("base64") });
        const prefix = "data:application/octet-stream;base64,";
        expect(text.startsWith(prefix)).toBe(true);
        expect(Buffer.from(text.slice(prefix.length), "base64")).toEqual(broken);
      }),
    );
  });
});
