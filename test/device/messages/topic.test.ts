import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkName, eventTopic, parseEventTopic } from "../../../device/messages/topic.ts";
import { parseEventTopic as parseInCloud } from "../../../shared/platform/topic.ts";

const place = { fleet: "f0123456789abcdef", device: "0123456789abcdef01234567" };
const level = fc.stringMatching(/^[^/+#\p{C}]{1,8}$/u).filter((text) => !text.startsWith("?"));
const name = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join("/"));
const id = fc.stringMatching(/^[\x21-\x7e]{1,64}$/);
const at = fc.integer({ min: 1, max: 999_999_999_999_999 });

describe("the topic of an event", () => {
  it("is parsed by the cloud into the same values", () => {
    fc.assert(
      fc.property(name, id, at, (name, id, at) => {
        fc.pre(Buffer.byteLength(name) <= 64);
        checkName(name);
        fc.pre(Buffer.byteLength(encodeURIComponent(id)) <= 64);
        const topic = eventTopic({ name, id, at }, place);
        expect(parseInCloud(topic)).toEqual({ ...place, name, key: id, at });
      }),
    );
  });

  it("has no properties level without properties", () => {
    expect(eventTopic({ name: "a/b" }, place)).toBe(`events/${place.fleet}/${place.device}/a/b`);
  });

  it("uses basic ingest for a quiet event", () => {
    expect(eventTopic({ name: "a", quiet: true }, place)).toBe(
      `$aws/rules/godwit_events/events/${place.fleet}/${place.device}/a`,
    );
  });

  it("is rejected beyond the level limit of the broker", () => {
    expect(eventTopic({ name: "1/2/3/4/5" }, place)).toContain("5");
    expect(() => eventTopic({ name: "1/2/3/4/5/6" }, place)).toThrow("too many levels");
    expect(() => eventTopic({ name: "1/2/3/4/5", id: "x" }, place)).toThrow("too many levels");
  });

  it("is parsed without its properties", () => {
    expect(parseEventTopic("events/f/api/door/open/?id=1&at=2")).toEqual({
      sender: "api",
      name: "door/open",
    });
    expect(parseEventTopic("events/f/d/?id=1")).toEqual({ sender: "d", name: "?id=1" });
  });

  it("is the only topic that is parsed", () => {
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

describe("the name of an event", () => {
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
  ])("must not be %j", (name) => {
    expect(() => checkName(name)).toThrow();
  });

  it("is limited to 64 bytes", () => {
    checkName("é".repeat(32));
    expect(() => checkName("é".repeat(33))).toThrow("must not exceed 64 bytes");
  });
});
