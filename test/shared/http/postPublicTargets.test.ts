import * as http from "node:http";
import * as net from "node:net";
import { describe, expect, it, vi } from "vitest";
import { httpPost } from "#shared/http/post.ts";
import { listen, refused, request } from "./support/targets.ts";

/** The notations of an IPv4 address in URLs. */
const notationsOf = (address: string): string[] => {
  const parts = address.split(".").map(Number);
  const whole = parts.reduce((sum, part) => sum * 256 + part, 0);
  const hex = whole.toString(16).padStart(8, "0");
  return [
    address,
    String(whole),
    `0x${hex}`,
    `0${whole.toString(8)}`,
    parts.map((part) => `0${part.toString(8)}`).join("."),
    parts.map((part) => `0x${part.toString(16)}`).join("."),
    `[::ffff:${address}]`,
    `[::ffff:${hex.slice(0, 4)}:${hex.slice(4)}]`,
  ];
};

/** One address of each range that is not public. */
const privateAddresses = [
  ...["0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1"],
  ...["192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1"],
  ...["203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"],
  ...["::1", "::", "ff02::1", "fe80::1", "fc00::1", "fd00::1", "2001:db8::1", "3fff::1"],
  ...["100::1", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b:1::1", "5f00::1", "::ffff:7f00:1"],
];

describe("a request to public targets only", () => {
  const post = httpPost({ targets: "public" });

  it.each([
    ...privateAddresses.filter((address) => net.isIPv4(address)).flatMap(notationsOf),
    "localhost",
    "127.1",
    "127.0.0.1.",
    "0",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[fd00:ec2::254]",
    ...privateAddresses.filter((address) => net.isIPv6(address)).map((address) => `[${address}]`),
  ])("is not sent to %s", async (host) => {
    const asked = vi.fn();
    const server = http.createServer((_, outgoing) => {
      asked();
      outgoing.end();
    });
    const port = await listen(server, "127.0.0.1");
    for (const scheme of ["http", "https"]) {
      await expect(post(request(`${scheme}://${host}:${port}/`))).rejects.toThrow(refused);
    }
    expect(asked).not.toHaveBeenCalled();
  });

  it.each(privateAddresses)("is not sent to a name with the address %s", async (address) => {
    const family = net.isIP(address);
    const named = httpPost({
      targets: "public",
      resolve: (_, __, callback) => callback(null, [{ address, family }]),
    });
    for (const scheme of ["http", "https"]) {
      await expect(named(request(`${scheme}://hook.example/`))).rejects.toThrow(refused);
    }
  });

  it.each(["EMFILE", "ENFILE", "ENOBUFS"])(
    "with the error %s is not a failure of the target: the worker has no descriptors left",
    async (code) => {
      const lacking = httpPost({
        targets: "public",
        resolve: (_, __, callback) =>
          callback(Object.assign(new Error("too many open files"), { code }), []),
      });
      await expect(lacking(request("http://hook.example/"))).rejects.toMatchObject({
        code: "worker_exhausted",
      });
    },
  );

  it("is not sent to a name with a public and a private address", async () => {
    const mixed = httpPost({
      targets: "public",
      resolve: (_, __, callback) =>
        callback(null, [
          { address: "8.8.8.8", family: 4 },
          { address: "127.0.0.1", family: 4 },
        ]),
    });
    await expect(mixed(request("http://hook.example/"))).rejects.toThrow(refused);
  });
});
