import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cursorEventsMax } from "#shared/stream/limits.ts";
import { eventHash, readCursor, writeCursor } from "#shared/stream/position.ts";
import { someTime } from "../../memory/samples.ts";

const shownEvent = fc.record({
  hash: fc.tuple(fc.string(), fc.string()).map(([topic, data]) => eventHash(topic, data)),
  at: fc.integer({ min: someTime - 100_000, max: someTime + 100_000 }),
});

describe("the cursor of a stream", () => {
  it("is decoded as it was encoded, on one line", () => {
    fc.assert(
      fc.property(fc.array(shownEvent, { maxLength: cursorEventsMax }), (seen) => {
        const text = writeCursor({ at: someTime, seen });
        expect(text).toMatch(/^[\w.-]+$/);
        expect(readCursor(text)).toEqual({ at: someTime, seen });
      }),
    );
  });

  it("is undefined or of bounded size for any text of a client", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-z._-]{0,80}$/)), (text) => {
        const cursor = readCursor(text);
        expect(cursor?.seen.length ?? 0).toBeLessThanOrEqual(cursorEventsMax);
        expect(Number.isSafeInteger(cursor?.at ?? 0)).toBe(true);
      }),
    );
  });

  it.each(["", "nonsense!", "1.short", ".abcdef0", `1${".abcdef0".repeat(cursorEventsMax + 1)}`])(
    "is undefined for %j",
    (text) => {
      expect(readCursor(text)).toBeUndefined();
    },
  );
});
