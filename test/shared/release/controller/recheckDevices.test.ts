import { expect, it } from "vitest";
import type { Device } from "#shared/device/device.ts";
import { createActiveReleases } from "#shared/release/activeReleases.ts";
import { readCensus } from "#shared/release/controller/census.ts";
import { recheckDevices } from "#shared/release/controller/recheckDevices.ts";
import { holdsSlot } from "#shared/release/controller/setPace.ts";
import { memoryDevices } from "../../../memory/device/devices.ts";
import { memoryReleases } from "../../../memory/release/releases.ts";
import {
  memoryEnrolments,
  memoryProgressRows,
  memoryReleaseFacts,
} from "../../../memory/release/rows.ts";
import { anEnrolment, aRelease, openFacts, product } from "../../../memory/release/samples.ts";
import { deviceId, fleet, someTime } from "../../../memory/samples.ts";

const region = "us-east-1";

/** A device that works on an update, and changes meanwhile. */
const world = async () => {
  const clock = { ms: someTime + 1_000 };
  const release = aRelease();
  const [facts, enrolments, progress] = [
    memoryReleaseFacts(),
    memoryEnrolments(),
    memoryProgressRows(region),
  ];
  for (const one of openFacts()) await facts.add(one);
  await enrolments.put([anEnrolment()]);
  const at = someTime;
  await progress.put({
    ...{ release: release.id, device: deviceId, region, revision: 1 },
    ...{ offers: [at], offered: { at, connection: "c1" }, accepted: { at } },
  });
  const now = () => clock.ms;
  const active = createActiveReleases({ releases: memoryReleases(), now });
  const statusOf = async () => (await readCensus(release, deps)).devices.get(deviceId);
  const deps = {
    ...{ facts, enrolments, progress, active, region, now },
    devices: memoryDevices([]),
    quarantined: async () => new Set<string>(),
    released: async () => [],
    onError: (what: string) => expect.unreachable(what),
  };
  const recheck = async (given: Partial<Device>) => {
    clock.ms += 60_000;
    const devices = memoryDevices([{ id: deviceId, fleet, product, createdAt: "", ...given }]);
    await recheckDevices(await readCensus(release, deps), { ...deps, devices });
    const device = await statusOf();
    const slot = { admittedAt: someTime, aliveAt: someTime, isJudged: false, now: clock.ms };
    return { status: device?.status, holdsSlot: holdsSlot({ device, ...slot }) };
  };
  return { recheck };
};

it("a device that moves to another product in the middle of its update leaves the release, and frees its slot", async () => {
  const { recheck } = await world();
  expect(await recheck({})).toMatchObject({ status: { state: "downloading" }, holdsSlot: true });
  expect(await recheck({ product: product + 1 })).toEqual({
    status: { state: "excluded", why: "left_product" },
    holdsSlot: false,
  });
  // It comes back.
  expect(await recheck({})).toMatchObject({ status: { state: "downloading" }, holdsSlot: true });
});

it("a device that is locked or marked in the middle of its update ends it first", async () => {
  const { recheck } = await world();
  for (const given of [{ development: true as const }, { desiredFirmware: 9 }]) {
    expect(await recheck(given)).toMatchObject({ status: { state: "downloading" } });
  }
});
