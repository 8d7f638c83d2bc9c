import type { Registry } from "#shared/device/registry/registry.ts";
import { testCertificate } from "./testCertificate.ts";

export interface MemoryRegistry extends Registry {
  /** The fleet of each thing that was made. */
  readonly things: Map<string, string>;
  /** The active certificate of each device. */
  readonly certificates: Map<string, string>;
  /** Those that let each device in, and those that are known and do not. */
  readonly active: Map<string, readonly string[]>;
  readonly suspended: Map<string, readonly string[]>;
  /** While it is set, every call fails. */
  isDown: boolean;
}

/**
 * A registry in memory. Its certificates are real, signed by an authority that no device trusts.
 */
export const memoryRegistry = (region = "us-east-1"): MemoryRegistry => {
  const things = new Map<string, string>();
  const certificates = new Map<string, string>();
  const active = new Map<string, readonly string[]>();
  const suspended = new Map<string, readonly string[]>();
  let issued = 0;
  const registry: MemoryRegistry = {
    region,
    things,
    certificates,
    active,
    suspended,
    isDown: false,
    async provision(device, fleet, signingRequest) {
      answer();
      things.set(device, fleet);
      const certificate = testCertificate(device);
      certificates.set(device, certificate);
      active.set(device, [certificate]);
      return signingRequest === undefined
        ? { certificate, privateKey: `key of ${device}` }
        : { certificate };
    },
    async admit(device, fleet, certificate) {
      answer();
      const before = things.get(device);
      things.set(device, fleet);
      certificates.set(device, certificate);
      active.set(device, [certificate]);
      return before !== undefined && before !== fleet;
    },
    async issue(signingRequest) {
      answer();
      const certificate = testCertificate(`issued ${issued++}`);
      return { certificate, ...(signingRequest === undefined && { privateKey: "its key" }) };
    },
    async align(device, fleet, { certificates: wanted, isSuspended }) {
      answer();
      const before = things.get(device);
      things.set(device, fleet);
      active.set(device, isSuspended ? [] : wanted);
      suspended.set(device, isSuspended ? wanted : []);
      if (wanted[0] === undefined) certificates.delete(device);
      else certificates.set(device, wanted[0]);
      return before !== undefined && before !== fleet;
    },
    async move(device, fleet) {
      answer();
      things.set(device, fleet);
    },
    async endpoint() {
      answer();
      return `mqtts://broker.${region}.example.com:8883`;
    },
  };
  const answer = (): void => {
    if (registry.isDown) throw new Error(`${region} is down`);
  };
  return registry;
};
