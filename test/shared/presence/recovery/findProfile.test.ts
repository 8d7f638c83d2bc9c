import { expect, it } from "vitest";
import { findProfile } from "#shared/presence/recovery/findProfile.ts";
import { shardOf } from "#shared/presence/recovery/heartbeatProfile.ts";
import { memoryHeartbeatProfiles } from "../../../memory/presence/heartbeatProfiles.ts";

const device = "0123456789abcdef01234567";
const hour = 3_600_000;
const start = Date.parse("2026-01-01T00:00:00Z");
const last = start + 48 * hour;
const profile = { device, first: start, last, period: start, longest: hour, before: 2 * hour };

const find = async (given: object) => {
  const profiles = memoryHeartbeatProfiles();
  const other = { ...profile, device: `f${device.slice(1)}` };
  await profiles.write(shardOf(device), [other, { ...profile, ...given }]);
  return findProfile(device, { profiles });
};

it("says by when a device is expected, by its longest pause", async () => {
  expect(await find({})).toMatchObject({
    longestPause: 2 * hour,
    expectedBy: last + 6 * hour,
    silentSince: undefined,
  });
});

it("expects nothing of a device that is known for less than a day", async () => {
  const found = await find({ first: last - hour });
  expect(found).toMatchObject({ expectedBy: undefined });
});

it("says since when a device is silent, until it is heard again", async () => {
  expect(await find({ silentAt: last + 9 * hour })).toMatchObject({
    silentSince: last + 9 * hour,
  });
  expect(await find({ silentAt: last - hour })).toMatchObject({ silentSince: undefined });
});

it("finds nothing for a device that was never heard in this region", async () => {
  const profiles = memoryHeartbeatProfiles();
  expect(await findProfile(device, { profiles })).toBeUndefined();
});
