import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EventFrame, frameReader } from "../../client/eventFrames.ts";

const read = (pieces: readonly string[], charsMax?: number): EventFrame[] => {
  const frames: EventFrame[] = [];
  const push = frameReader((frame) => frames.push(frame), charsMax);
  for (const piece of pieces) push(piece);
  return frames;
};

/** The pieces of a text that is cut at these places. */
const cutAt = (text: string, cuts: readonly number[]): string[] => {
  const ends = [...cuts.toSorted((a, b) => a - b), text.length];
  return ends.map((end, i) => text.slice(ends[i - 1] ?? 0, end));
};

describe("frames of an event stream", () => {
  const text =
    ':ok\n\nretry: 10\nevent: température\ndata: {"data":\ndata: "é"}\nid: a~b\r\n\r\nid: c\n\n: gap: x\n\n';
  const frames = [
    { comment: "ok" },
    { id: "a~b", event: "température", data: '{"data":\n"é"}', retryMs: 10 },
    { id: "c" },
    { comment: "gap: x" },
  ];

  it("are the same wherever the pieces end", () => {
    expect(read([text])).toEqual(frames);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: text.length })), (cuts) => {
        expect(read(cutAt(text, cuts))).toEqual(frames);
      }),
    );
  });

  it("do not include an incomplete frame", () => {
    expect(read(["event: a\ndata: 1\n"])).toEqual([]);
  });

  it("take no part of a line for a comment or another field", () => {
    for (const separator of ["\u2028", "\u2029", "\u0085", "\u000b", "\u000c"]) {
      const event = `a${separator}: gap: forged`;
      expect(read([`event: ${event}\ndata: {}\n\n`])).toEqual([{ event, data: "{}" }]);
    }
  });

  it("that are too large are reported and left out, wherever the pieces end", () => {
    const large = [
      `event: a\ndata: ${"x".repeat(200)}\nid: 2\n\n`,
      `event: a\n${"data:\n".repeat(100)}id: 2\n\n`,
      `event: a\n${"x".repeat(300)}\nid: 2\n\n`,
    ];
    for (const frame of large) {
      const whole = `id: 1\n\n${frame}event: b\r\ndata: next\r\n\r\n`;
      const expected = [{ id: "1" }, { id: "2", isTooLarge: true }, { event: "b", data: "next" }];
      fc.assert(
        fc.property(fc.array(fc.nat({ max: whole.length })), (cuts) => {
          expect(read(cutAt(whole, cuts), 100)).toEqual(expected);
        }),
      );
    }
  });

  it("take bounded memory while one never ends", () => {
    const pieces = Array.from({ length: 50 }, () => "x".repeat(100_000));
    expect(read([...pieces, "\n\ndata: next\n\n"])).toEqual([
      { isTooLarge: true },
      { data: "next" },
    ]);
  });
});
