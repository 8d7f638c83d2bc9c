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
    async provision(device, fleet) {
      things.set(device, fleet);
      return { certificate: `certificate of ${device}`, privateKey: `key of ${device}` };
    },
  };
};
