import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPublicAddress } from "#shared/http/publicAddress.ts";

/** The first and last address of each range that is not public, and a public neighbour. */
const ranges4 = [
  ["0.0.0.0", "0.255.255.255", "1.0.0.0"],
  ["10.0.0.0", "10.255.255.255", "11.0.0.0"],
  ["100.64.0.0", "100.127.255.255", "100.128.0.0"],
  ["127.0.0.0", "127.255.255.255", "128.0.0.0"],
  ["169.254.0.0", "169.254.255.255", "169.255.0.0"],
  ["172.16.0.0", "172.31.255.255", "172.32.0.0"],
  ["192.0.0.0", "192.0.0.255", "192.0.1.0"],
  ["192.0.2.0", "192.0.2.255", "192.0.3.0"],
  ["192.88.99.0", "192.88.99.255", "192.88.100.0"],
  ["192.168.0.0", "192.168.255.255", "192.169.0.0"],
  ["198.18.0.0", "198.19.255.255", "198.20.0.0"],
  ["198.51.100.0", "198.51.100.255", "198.51.101.0"],
  ["203.0.113.0", "203.0.113.255", "203.0.114.0"],
  ["224.0.0.0", "239.255.255.255", "223.255.255.255"],
  ["240.0.0.0", "255.255.255.255", "223.255.255.254"],
] as const;

const clothes = (address: string): string[] => {
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  return [`::ffff:${address}`, `::FFFF:${address}`, `::ffff:${hex}`];
};

describe("an IPv4 address", () => {
  it.each(ranges4)("from %s to %s is not public, and %s is", (first, last, neighbour) => {
    expect(isPublicAddress(first)).toBe(false);
    expect(isPublicAddress(last)).toBe(false);
    expect(isPublicAddress(neighbour)).toBe(true);
  });

  it("mapped to IPv6 is treated as IPv4", () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        for (const dressed of clothes(address)) {
          expect([dressed, isPublicAddress(dressed)]).toEqual([dressed, isPublicAddress(address)]);
        }
      }),
    );
    for (const dressed of clothes("127.0.0.1")) expect(isPublicAddress(dressed)).toBe(false);
  });

  it("in any other IPv6 form is not public", () => {
    for (const address of [
      "::127.0.0.1",
      "::8.8.8.8",
      "0:0:0:0:0:ffff:127.0.0.1",
      "::ffff:0:127.0.0.1",
      "64:ff9b::127.0.0.1",
      "2002:7f00:1::",
      "2001:0:7f00:1::",
    ]) {
      expect([address, isPublicAddress(address)]).toEqual([address, false]);
    }
  });
});

describe("an IPv6 address", () => {
  it.each(["2600::1", "2a00:1450:4001:81b::200e", "2001:4860:4860::8888", "2001:200::1"])(
    "like %s is public",
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it.each([
    "::",
    "::1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "4000::1",
  ])("like %s is not", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

it.each(["", "localhost", "example.com", "1.2.3", "1.2.3.4.5", "::ffff:", "::ffff:1:2:3", "[::1]"])(
  "a text that is not an address (%j) is not public",
  (text) => {
    expect(isPublicAddress(text)).toBe(false);
  },
);
