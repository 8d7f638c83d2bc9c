import { slowedDevicesMax } from "../../limit/limits.ts";
import { culpritFactor, culpritOperationsMin } from "./limits.ts";

/** The data operations of a fleet in a minute. */
export interface MinuteOfFleet {
  readonly operations: number;
  /** By device; those without operations are left out. */
  readonly devices: ReadonlyMap<string, number>;
}

/**
 * The devices that used much more than the others in a minute, the largest first. The mean is that
 * of the other devices with usage, without those that are culprits themselves; a device alone in
 * its fleet is the culprit.
 */
export const findCulprits = ({ operations, devices }: MinuteOfFleet): string[] => {
  const sorted = [...devices].sort(([, one], [, other]) => other - one);
  const culprits: string[] = [];
  let left = operations;
  for (const [device, own] of sorted.slice(0, slowedDevicesMax)) {
    left -= own;
    const others = sorted.length - culprits.length - 1;
    const mean = others === 0 ? 0 : left / others;
    if (own < culpritOperationsMin || own < culpritFactor * mean) break;
    // Without others to compare with, only a device that is alone, or larger than all, is one.
    if (others === 0 && sorted.length > 1) break;
    culprits.push(device);
  }
  return culprits;
};
