import type { Registry } from "#shared/ports.ts";

export interface MemoryRegistry extends Registry {
  /** The fleet of each thing that was made. */
  readonly things: Map<string, string>;
  /** The certificate that lets each device in. */
  readonly certificates: Map<string, string>;
  /** Nobody answers while it is set. */
  isDown: boolean;
}

/** A registry in memory. Its certificates are texts that nobody would take for one. */
export const memoryRegistry = (region = "us-east-1"): MemoryRegistry => {
  const things = new Map<string, string>();
  const certificates = new Map<string, string>();
  const registry: MemoryRegistry = {
    region,
    things,
    certificates,
    isDown: false,
    async provision(device, fleet, signingRequest) {
      answer();
      things.set(device, fleet);
      const certificate = `certificate of ${device}`;
      certificates.set(device, certificate);
      return signingRequest === undefined
        ? { certificate, privateKey: `key of ${device}` }
        : { certificate };
    },
    async admit(device, fleet, certificate) {
      answer();
      const before = things.get(device);
      things.set(device, fleet);
      certificates.set(device, certificate);
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
