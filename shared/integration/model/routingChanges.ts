import { routingShards } from "./limits.ts";

/**
 * Counters of the changes of fleets' routing: a counter for each region and shard of fleets. A
 * worker reads all of them at once to learn which of its cached fleets are unchanged.
 */
export interface RoutingChanges {
  /**
   * Returns the version of each shard, by its number. Strongly consistent in this region. A version
   * differs from every earlier one after a change of a fleet of the shard.
   */
  read(): Promise<readonly string[]>;
}

/** The shard of a fleet: the FNV-1a hash of its name. */
export const routingShardOf = (fleet: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < fleet.length; i += 1) {
    hash = Math.imul(hash ^ fleet.charCodeAt(i), 0x01000193) >>> 0;
  }
  return hash % routingShards;
};
