import type { Device } from "./device.ts";

/** Which devices there are. */
export interface Devices {
  find(id: string): Promise<Device | undefined>;
  /** By name, in capital or small letters. A device that was just named may not be found for a moment. */
  findByName(fleet: string, name: string): Promise<Device | undefined>;
  /** The first `max` devices of a fleet, by name. A change may be missing for a moment. */
  list(fleet: string, max: number): Promise<Device[]>;
  /** Devices of all fleets, in no order that means anything. Where the next page begins, unless it was the last. */
  page(page: {
    limit: number;
    after?: string;
  }): Promise<{ devices: readonly Device[]; next?: string }>;
  /** Fails with `already_exists`. */
  add(device: Device): Promise<void>;
  /**
   * Writes `after` over `before`, with the next revision, and returns the written row. Fails with `conflict` unless the
   * stored row has the fleet and the revision of `before`.
   */
  replace(after: Device, before: Pick<Device, "fleet" | "revision">): Promise<Device>;
}
