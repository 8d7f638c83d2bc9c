import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkName, eventTopic, parseEventTopic } from "../../../device/messages/topic.ts";
import { parseEventTopic as readInTheCloud } from "../../../shared/platform/topic.ts";

const place = { fleet: "f0123456789abcdef", device: "0123456789abcdef01234567" };
const level = fc.stringMatching(/^[^/+#\p{C}]{1,8}$/u).filter((text) => !text.startsWith("?"));
const name = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join("/"));
const id = fc.stringMatching(/^[\x21-\x7e]{1,64}$/);
const at = fc.integer({ min: 1, max: 999_999_999_999_999 });

describe("an event's topic", () => {
  it("says to the cloud what the device meant", () => {
    fc.assert(
      fc.property(name, id, at, (name, id, at) => {
        fc.pre(Buffer.byteLength(name) <= 64);
        checkName(name);
        fc.pre(Buffer.byteLength(encodeURIComponent(id)) <= 64);
        const topic = eventTopic({ name, id, at }, place);
        expect(readInTheCloud(topic)).toEqual({ ...place, name, key: id, at });
      }),
    );
  });

  it("has no properties when there are none", () => {
    expect(eventTopic({ name: "a/b" }, place)).toBe(`events/${place.fleet}/${place.device}/a/b`);
  });

  it("goes past the broker when it is quiet", () => {
    expect(eventTopic({ name: "a", quiet: true }, place)).toBe(
      `$aws/rules/godwit_events/events/${place.fleet}/${place.device}/a`,
    );
  });

  it("is refused when it is deeper than the broker takes", () => {
    expect(eventTopic({ name: "1/2/3/4/5" }, place)).toContain("5");
    expect(() => eventTopic({ name: "1/2/3/4/5/6" }, place)).toThrow("too deep");
    expect(() => eventTopic({ name: "1/2/3/4/5", id: "x" }, place)).toThrow("too deep");
  });

  it("is read without its properties", () => {
    expect(parseEventTopic("events/f/api/door/open/?id=1&at=2")).toEqual({
      sender: "api",
      name: "door/open",
    });
    expect(parseEventTopic("events/f/d/?id=1")).toEqual({ sender: "d", name: "?id=1" });
  });

  it("is no other topic", () => {
    for (const topic of [
      "acks/d",
      "events",
      "events/f",
      "events/f/d",
      "events/f/d/",
      "events//d/n",
    ]) {
      expect(parseEventTopic(topic)).toBeUndefined();
    }
  });
});

describe("an event's name", () => {
  it.each([
    "",
    "/",
    "a/",
    "/a",
    "a//b",
    "a+",
    "#",
    "a/+/b",
    "a\nb",
    "a\0",
    "?x",
    "a/?id=1",
    "\ud800",
  ])("is not %j", (name) => {
    expect(() => checkName(name)).toThrow();
  });

  it("has at most 64 bytes", () => {
    checkName("é".repeat(32));
    expect(() => checkName("é".repeat(33))).toThrow("at most 64 bytes");
  });
});
