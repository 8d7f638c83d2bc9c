import type { Registry } from "#shared/ports.ts";

export interface MemoryRegistry extends Registry {
  /** The fleet of each thing that was made. */
  readonly things: Map<string, string>;
}

/** A registry in memory. Its certificates are texts that nobody would take for one. */
export const memoryRegistry = (): MemoryRegistry => {
  const things = new Map<string, string>();
  return {
    things,
    async provision(device, fleet, signingRequest) {
      things.set(device, fleet);
      const certificate = `certificate of ${device}`;
      return signingRequest === undefined
        ? { certificate, privateKey: `key of ${device}` }
        : { certificate };
    },
    async move(device, fleet) {
      things.set(device, fleet);
    },
    endpoint: async () => "mqtts://broker.example.com:8883",
  };
};
