import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clockAheadMsMax, eventKeyCharsMax } from "#shared/platform/limits.ts";
import { topicBytesMax, topicSlashesMax } from "#shared/platform/quotas.ts";
import {
  ackTopic,
  eventsFilter,
  eventTime,
  eventTopic,
  fitsTopic,
  parseEventTopic,
} from "#shared/platform/topic.ts";

const level = fc.string({ unit: "binary", minLength: 1 }).filter((text) => !/[/+#]/.test(text));
const name = fc
  .array(level, { minLength: 1, maxLength: 5 })
  .map((levels) => levels.join("/"))
  .filter((text) => !text.split("/").at(-1)?.startsWith("?"));
/** Characters that IoT Core allows in an id: */
const key = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: eventKeyCharsMax,
});
const at = fc.integer({ min: 1, max: 999_999_999_999_999 });
const anyTopic = fc.record(
  { fleet: level, device: level, name, key, at },
  { requiredKeys: ["fleet", "device", "name"] },
);

describe("an event's topic", () => {
  it("is parsed as it was written, including properties", () => {
    fc.assert(
      fc.property(anyTopic, (topic) => {
        expect(parseEventTopic(eventTopic(topic))).toEqual(topic);
      }),
    );
  });

  it("never contains a wildcard, for any properties", () => {
    fc.assert(
      fc.property(anyTopic, (topic) => {
        expect(eventTopic(topic)).not.toMatch(/[+#]/);
      }),
    );
  });

  it("is parsed without an exception for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        parseEventTopic(text);
        parseEventTopic(`events/${text}`);
        parseEventTopic(`events/f/d/n/?${text}`);
      }),
    );
  });

  it.each([
    ["events/f/d/a/b/?id=k1&at=5", { name: "a/b", key: "k1", at: 5 }],
    ["events/f/d/a?id=1", { name: "a?id=1" }],
    ["events/f/d/?id=1", { name: "?id=1" }],
    ["events/f/d/a/?", { name: "a" }],
    ["events/f/d/a/?id=%2B%2f", { name: "a", key: "+/" }],
    ["events/f/d/a/", { name: "a/" }],
    ["events/f/d//a", { name: "/a" }],
  ])("%s is parsed as %o", (topic, said) => {
    expect(parseEventTopic(topic)).toEqual({ fleet: "f", device: "d", ...said });
  });

  it.each([
    "",
    "events",
    "events/f",
    "events/f/d",
    "events/f/d/",
    "events//d/n",
    "events/f//n",
    "acks/d",
    "Events/f/d/n",
    "/events/f/d/n",
    "events/f/d//?id=1",
  ])("rejects %j", (topic) => {
    expect(parseEventTopic(topic)).toBeUndefined();
  });

  it.each([
    "id=",
    `id=${"x".repeat(eventKeyCharsMax + 1)}`,
    "id=a%20b",
    "id=%C3%A9",
    "id=a%0Ab",
    "at=0",
    "at=-1",
    "at=1.5",
    "at=1e3",
    "at=9999999999999999",
    "at=now",
    "id=%",
  ])("ignores the invalid property %j", (property) => {
    const read = parseEventTopic(`events/f/d/n/?${property}`);
    if (property === "id=%") expect(read).toMatchObject({ name: "n", key: "%" });
    else expect(read).toEqual({ fleet: "f", device: "d", name: "n" });
  });
});

describe("the time of an event", () => {
  it("is the device's time, unless the device is too far ahead of the cloud", () => {
    expect(eventTime(1_000_000, undefined)).toBe(1_000_000);
    expect(eventTime(1_000_000, 1)).toBe(1);
    expect(eventTime(1_000_000, 1_000_000 + clockAheadMsMax)).toBe(1_000_000 + clockAheadMsMax);
    expect(eventTime(1_000_000, 1_000_001 + clockAheadMsMax)).toBe(1_000_000);
  });

  it("is always a valid date", () => {
    fc.assert(
      fc.property(at, (time) => {
        expect(new Date(time).toISOString()).toBeTypeOf("string");
      }),
    );
  });
});

describe("the limits of a topic", () => {
  it("are in bytes and slashes, inclusive", () => {
    expect(fitsTopic("x".repeat(topicBytesMax))).toBe(true);
    expect(fitsTopic("x".repeat(topicBytesMax + 1))).toBe(false);
    expect(fitsTopic("é".repeat(topicBytesMax / 2 + 1))).toBe(false);
    expect(fitsTopic("/".repeat(topicSlashesMax))).toBe(true);
    expect(fitsTopic("/".repeat(topicSlashesMax + 1))).toBe(false);
  });
});

it("returns the topics of devices and the filters of streams", () => {
  expect(ackTopic("d")).toBe("acks/d");
  expect(eventsFilter("f")).toBe("events/f/#");
  expect(eventsFilter("f", "d")).toBe("events/f/d/#");
});
