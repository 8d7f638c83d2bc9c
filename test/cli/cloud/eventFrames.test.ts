import { describe, expect, it } from "vitest";
import { type Frame, frameReader } from "../../../cli/cloud/eventFrames.ts";

const read = (...chunks: readonly (string | Uint8Array)[]): Frame[] => {
  const frames: Frame[] = [];
  const reader = frameReader((frame) => frames.push(frame));
  for (const chunk of chunks) {
    reader.push(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
  }
  return frames;
};

describe("frames of server-sent events", () => {
  it("are read however the bytes are split", () => {
    const text =
      ':ok\n\nretry: 10\nevent: température\ndata: {"data":\ndata: "é"}\nid: a~b\r\n\r\nid: c\n\n';
    const bytes = new TextEncoder().encode(text);
    const whole = read(bytes);
    expect(whole).toEqual([
      { comment: "ok" },
      { id: "a~b", event: "température", data: '{"data":\n"é"}' },
      { id: "c" },
    ]);
    expect(read(...[...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(whole);
  });

  it("do not include an incomplete frame", () => {
    expect(read("event: a\ndata: 1\n")).toEqual([]);
  });

  it("are refused when one is too large", () => {
    expect(() => read(...Array.from({ length: 3 }, () => "x".repeat(1_000_000)))).toThrow(
      "too large",
    );
    expect(() =>
      read(...Array.from({ length: 3 }, () => `data:${"x".repeat(1_000_000)}\n`)),
    ).toThrow("too large");
    expect(() => read(...Array.from({ length: 500 }, () => "data:\n".repeat(1_000)))).toThrow(
      "too large",
    );
  });
});
