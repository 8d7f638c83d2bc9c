import { isIPv6 } from "node:net";

/** Who has one IPv6 address has some 2^64 of them: they count as one. */
const networkGroups = 4;

/** What stands for an address where guesses are counted. */
export const addressKey = (address: string): string => {
  // Also where it stands in an IPv6 one, as in ::ffff:192.0.2.1.
  const four = /[^:]*\..*$/.exec(address)?.[0];
  return `address#${four ?? (isIPv6(address) ? network(address) : address)}`;
};

const network = (address: string): string => {
  const [head = "", tail] = address.toLowerCase().split("::");
  const [before, after] = [groupsOf(head), groupsOf(tail ?? "")];
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array.from({ length: zeros }, () => "0"), ...after]
    .slice(0, networkGroups)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
};

const groupsOf = (text: string): string[] => (text === "" ? [] : text.split(":"));
