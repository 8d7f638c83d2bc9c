import { type LookupAddress, type LookupAllOptions, lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { Failure } from "../platform/failure.ts";

// IANA special-purpose address registries (RFC 6890 and its successors).
const ranges = {
  ipv4: [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
  ],
  ipv6: ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"],
} as const;

const blockList = (family: keyof typeof ranges): BlockList => {
  const list = new BlockList();
  for (const range of ranges[family]) {
    const [net = "", bits] = range.split("/");
    list.addSubnet(net, Number(bits), family);
  }
  return list;
};

const refused4 = blockList("ipv4");
const refused6 = blockList("ipv6");

/** The global unicast addresses that IANA has allocated (RFC 4291, 2.4). All others are refused. */
const global6 = new BlockList();
global6.addSubnet("2000::", 3, "ipv6");

/** Whether an IP address is public. IPv4-mapped IPv6 addresses are treated as IPv4. */
export const isPublicAddress = (address: string): boolean => {
  const mapped = /^::ffff:(.+)$/i.exec(address)?.[1];
  const plain = mapped === undefined ? address : fromMapped(mapped);
  switch (isIP(plain)) {
    case 4:
      return !refused4.check(plain, "ipv4");
    case 6:
      return global6.check(plain, "ipv6") && !refused6.check(plain, "ipv6");
    default:
      return false;
  }
};

/** The failure of a request to an address that is not public. */
export const refusedAddress = (address: string): Failure =>
  new Failure(`${address} is not a public address`, { code: "target_refused" });

/** `::ffff:7f00:1` equals `::ffff:127.0.0.1`. */
const fromMapped = (rest: string): string => {
  if (isIP(rest) === 4) return rest;
  const [high = "", low = ""] = rest.split(":");
  const bits = (Number.parseInt(high, 16) << 16) | Number.parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join(".");
};

/** Resolves a host name to all its addresses. */
export type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Resolves a name once per connection, and refuses it if any of its addresses is not public: the
 * checked address is the one that is connected to, even if the name changes a moment later.
 */
export const publicLookup =
  (resolve: Resolve = lookup): LookupFunction =>
  (hostname, options, callback) =>
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, "");
      const refused = addresses.find(({ address }) => !isPublicAddress(address));
      const [first] = addresses;
      if (refused !== undefined) return callback(refusedAddress(refused.address), "");
      if (options.all) return callback(null, addresses);
      return callback(null, first?.address ?? "", first?.family);
    });
