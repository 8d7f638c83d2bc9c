import fc from "fast-check";
import { expect, it } from "vitest";
import { payloadBytes, readPayload, writePayload } from "../../../bench/latency/payload.ts";

const anyPayload = fc.record({
  run: fc.nat({ max: 10_000 }),
  seq: fc.nat({ max: 10_000_000 }),
  at: fc.nat({ max: 10_000_000 }).map((microseconds) => microseconds / 1_000),
});

it("is always as large as it says, and is read back", () => {
  fc.assert(
    fc.property(anyPayload, (payload) => {
      const text = writePayload(payload);
      expect(Buffer.byteLength(text)).toBe(payloadBytes);
      expect(readPayload(text)).toMatchObject(payload);
    }),
  );
});

it("refuses what it did not write", () => {
  expect(() => readPayload('{"run":1}')).toThrow();
});
