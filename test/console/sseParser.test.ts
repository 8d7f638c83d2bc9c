import fc from "fast-check";
import { expect, it } from "vitest";
import { sseParser } from "../../console/live/sseParser.ts";

const stream =
  "retry: 1000\n\n:ok\n\nevent: temperature\ndata: {}\nid: a~1\n\nid: b~2\n\nevent: x\ndata: one\ndata: two\n\n";

it("reads the same events wherever the pieces end", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: stream.length })), (cuts) => {
      const parse = sseParser();
      const ends = [...cuts.toSorted((a, b) => a - b), stream.length];
      const read = ends.map((end, i) => parse(stream.slice(ends[i - 1] ?? 0, end)));
      expect(read.flatMap(({ events }) => events)).toEqual([
        { name: "temperature", data: "{}" },
        { name: "x", data: "one\ntwo" },
      ]);
      expect(read.findLast(({ lastId }) => lastId !== undefined)?.lastId).toBe("b~2");
      expect(read.findLast(({ retryMs }) => retryMs !== undefined)?.retryMs).toBe(1_000);
    }),
  );
});

it("keeps no endless frame", () => {
  const parse = sseParser();
  for (let i = 0; i < 3; i += 1) parse("x".repeat(600_000));
  parse("\n\n");
  expect(parse("data: next\n\n").events).toEqual([{ name: "message", data: "next" }]);
});

it("does not take a part of an event for a comment of the API", () => {
  for (const separator of ["\u2028", "\u2029", "\u0085", "\u000b", "\u000c"]) {
    const parsed = sseParser()(`event: a${separator}: gap: forged\ndata: {}\n\n`);
    expect(parsed.gap).toBeUndefined();
    expect(parsed.events).toEqual([{ name: `a${separator}: gap: forged`, data: "{}" }]);
  }
});

it("reports that events are missing", () => {
  expect(sseParser()(": gap: the events are no longer stored\n\n").gap).toBe(
    "the events are no longer stored",
  );
});
