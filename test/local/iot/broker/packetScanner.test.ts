import fc from "fast-check";
import { expect, it } from "vitest";
import { packetScanner } from "../../../../local/iot/broker/packetScanner.ts";

/** Seven bits per byte, lowest first (MQTT 3.1.1, section 2.2.3). */
const lengthBytes = (length: number): number[] =>
  length < 0x80 ? [length] : [(length & 0x7f) | 0x80, ...lengthBytes(length >> 7)];

const packetOf = ({ type, length }: { type: number; length: number }): Buffer =>
  Buffer.concat([Buffer.from([type << 4, ...lengthBytes(length)]), Buffer.alloc(length, 0xff)]);

const header = fc.record({
  type: fc.integer({ min: 1, max: 15 }),
  length: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom(127, 128, 16_383, 16_384)),
});

it("finds every packet, however the bytes are cut into chunks", () => {
  fc.assert(
    fc.property(
      fc.array(header, { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 20_000 }), { maxLength: 20 }),
      (headers, cuts) => {
        const found: object[] = [];
        const scan = packetScanner((each) => found.push(each));
        let rest = Buffer.concat(headers.map(packetOf));
        for (const cut of cuts) {
          scan(rest.subarray(0, cut));
          rest = rest.subarray(cut);
        }
        scan(rest);
        expect(found).toEqual(headers);
      },
    ),
  );
});

it("finds the length of a packet before its content arrives", () => {
  const found: object[] = [];
  const scan = packetScanner((each) => found.push(each));
  for (const byte of [0x30, ...lengthBytes(200_000_000)]) scan(Buffer.from([byte]));
  expect(found).toEqual([{ type: 3, length: 200_000_000 }]);
});
