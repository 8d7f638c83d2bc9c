import type { Traffic } from "#shared/ledger/traffic.ts";
import { mapConcurrently } from "#shared/platform/mapConcurrently.ts";
import {
  type HeartbeatProfile,
  type HeartbeatProfiles,
  shardOf,
} from "#shared/presence/recovery/heartbeatProfile.ts";
import { profileShards } from "#shared/presence/recovery/limits.ts";
import type { VitalsStore } from "#shared/presence/vitals/vitals.ts";
import type { DeviceEvidence } from "#shared/release/controller/deps.ts";
import { areWorse, comparedVitals } from "#shared/release/model/worseVitals.ts";

interface Deps {
  readonly profiles: Pick<HeartbeatProfiles, "read">;
  readonly traffic: Pick<Traffic, "minutes">;
  readonly vitals: Pick<VitalsStore, "list">;
  readonly now: () => number;
}

/** The evidence about updated devices, of the subsystems that know it. */
export const openReleaseEvidence = ({ profiles, traffic, vitals, now }: Deps): DeviceEvidence => ({
  async profiles(devices) {
    const wanted = new Set(devices);
    const shards = [...new Set(devices.map(shardOf))];
    const found = await mapConcurrently(shards, profileShards, (shard) => profiles.read(shard));
    return new Map(
      found
        .flat()
        .filter(({ device }) => wanted.has(device))
        .map((one): [string, HeartbeatProfile] => [one.device, one]),
    );
  },

  async calls(fleet, device, since) {
    const range = { from: since, to: now() };
    const minutes = await traffic.minutes({ fleet, device, metric: "calls" }, range);
    // A minute has the calls before `since` too.
    const counts = minutes.filter(({ at }) => at >= since).map((one) => one.counts);
    const sum = (index: number) => counts.reduce((all, each) => all + (each[index] ?? 0), 0);
    return { ok: sum(0), failed: sum(1) };
  },

  async hasWorseVitals(fleet, device, since) {
    const latest = async (range: { since: number; until: number }) => {
      const { vitals: found } = await vitals.list(device, { fleet, limit: 1, ...range });
      return comparedVitals(found[0]?.payload);
    };
    const after = await latest({ since, until: now() });
    if (after === undefined) return undefined;
    const before = await latest({ since: 0, until: since });
    return before && areWorse(before, after);
  },
});
