import fc from "fast-check";
import { expect, it } from "vitest";
import { payloadBytes, readPayload, writePayload } from "../../../bench/latency/payload.ts";

const anyPayload = fc.record({
  run: fc.nat({ max: 10_000 }),
  seq: fc.nat({ max: 10_000_000 }),
  at: fc.nat({ max: 10_000_000 }).map((microseconds) => microseconds / 1_000),
});

it("has a fixed size and is parsed back", () => {
  fc.assert(
    fc.property(anyPayload, (payload) => {
      const text = writePayload(payload);
      expect(Buffer.byteLength(text)).toBe(payloadBytes);
      expect(readPayload(text)).toMatchObject(payload);
    }),
  );
});

it("rejects any other text", () => {
  expect(() => readPayload('{"run":1}')).toThrow();
});
