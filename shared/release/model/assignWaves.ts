import { createHash } from "node:crypto";
import type { Audience, Release, Wave } from "./release.ts";

/** A device that a release may be for. */
export interface Candidate {
  readonly id: string;
  readonly groups?: readonly string[] | undefined;
}

/** Whether a release is for a device. */
export const isTargeted = (to: Audience, { id, groups = [] }: Candidate): boolean => {
  if ("all" in to) return true;
  if ("devices" in to) return to.devices.includes(id);
  return groups.some((name) => to.groups.includes(name));
};

/**
 * The wave of each device: the first one that names it or one of its groups, or whose share
 * contains it. The order for shares is random for each release, and the same for every region: the
 * first wave is not always the same devices. A device that no wave reaches has none.
 */
export const assignWaves = (
  { id, waves }: Pick<Release, "id" | "waves">,
  devices: readonly Candidate[],
): ReadonlyMap<string, number | undefined> => {
  const ranked = devices
    .map((device) => ({ device, rank: rankOf(id, device.id) }))
    .toSorted((one, other) => (one.rank < other.rank ? -1 : 1));
  return new Map(
    ranked.map(({ device }, i) => {
      const wave = waves.findIndex((one) => reaches(one, device, { i, of: ranked.length }));
      return [device.id, wave === -1 ? undefined : wave];
    }),
  );
};

const reaches = (
  wave: Wave,
  { id, groups = [] }: Candidate,
  { i, of }: { i: number; of: number },
): boolean => {
  if ("devices" in wave) return wave.devices.includes(id);
  if ("groups" in wave) return groups.some((name) => wave.groups.includes(name));
  // At least one device: a share of 1 % of 50 devices is one.
  return i < Math.ceil((of * wave.percent) / 100);
};

const rankOf = (release: string, device: string): string =>
  createHash("sha256").update(`${release} ${device}`).digest("hex").slice(0, 16);
