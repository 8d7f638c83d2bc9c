import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, it } from "vitest";
import { recordNumberOf } from "../../../local/journal/recordNumber.ts";

it("the number of a record follows from its payload and its checksum", () => {
  const payloads = fc.uint8Array({ minLength: 1, maxLength: 3_000 });
  fc.assert(
    fc.property(payloads, fc.integer({ min: 0, max: 2 ** 32 - 1 }), (bytes, number) => {
      expect(recordNumberOf(Buffer.from(bytes), crc32(bytes, number))).toBe(number);
    }),
  );
});
