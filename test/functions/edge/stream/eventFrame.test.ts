import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventFrame } from "../../../../functions/edge/stream/eventFrame.ts";
import { someTime } from "../../../memory/samples.ts";

/**
 * Parses a frame as the standard defines:
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
const read = (frame: string) => {
  const lines = frame.split(/\r\n|\r|\n/);
  const field = (name: string) =>
    lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
  return { lines, events: field("event"), data: field("data") };
};

const live = (given: { name?: string; text?: string; device?: string }) => ({
  name: "temperature",
  device: "d",
  text: "21.5",
  publishedAt: someTime,
  ...given,
});
const anyText = fc.string({ unit: "binary" });

describe("a frame", () => {
  it("has the form that Particle's clients expect", () => {
    const data = '{"data":"21.5","ttl":60,"published_at":"2025-01-02T03:04:05.678Z","coreid":"d"}';
    expect(eventFrame(live({}))).toBe(`event: temperature\ndata: ${data}\n\n`);
    expect(eventFrame(live({}), "7")).toBe(`event: temperature\ndata: ${data}\nid: 7\n\n`);
  });

  it("encodes any text in ASCII without loss", () => {
    fc.assert(
      fc.property(anyText, anyText, (text, device) => {
        const { data } = read(eventFrame(live({ text, device })));
        expect(data).toHaveLength(1);
        expect(data[0]).toMatch(/^[\x20-\x7e]*$/);
        expect(JSON.parse(data[0]!)).toMatchObject({ data: text, coreid: device });
      }),
    );
  });

  it("is one event with two lines for any name", () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom("", "\n", "\r\n", "\r"), (name, lineBreak) => {
        const { lines, events, data } = read(
          eventFrame(live({ name: `a${lineBreak}data: ${name}` })),
        );
        expect(lines).toHaveLength(4);
        expect(lines.slice(2)).toEqual(["", ""]);
        expect(events).toHaveLength(1);
        expect(data).toHaveLength(1);
      }),
    );
  });
});
