import { describe, expect, it } from "vitest";
import type { Device } from "#shared/device/device.ts";
import type { FirmwareVersion } from "#shared/firmware/firmwareVersion.ts";
import { requireFreeDevices } from "#shared/release/createRelease.ts";
import { flashDevice, requireFlashable } from "#shared/release/flashDevice.ts";
import { unfinishedFlashesMax } from "#shared/release/limits.ts";
import { unfinishedReleases } from "#shared/release/storeRelease.ts";
import { memoryDevices } from "../../memory/device/devices.ts";
import { memoryFirmwareVersions } from "../../memory/firmware/firmwareVersions.ts";
import { memoryKeyDocuments } from "../../memory/firmware/keyDocuments.ts";
import { memoryReleases } from "../../memory/release/releases.ts";
import { memoryEnrolments, memoryReleaseFacts } from "../../memory/release/rows.ts";
import { aRelease, product as id } from "../../memory/release/samples.ts";
import { deviceId, fleet, stoppedClock } from "../../memory/samples.ts";

const product = { id, fleet };
const device: Device = {
  id: deviceId,
  fleet,
  product: id,
  createdAt: "2026",
  desiredFirmware: 2,
};
const request = { device, product, version: 2, by: "ada@example.com" };

const idOf = (n: number): string => n.toString(16).padStart(24, "0");

const firmware: FirmwareVersion = {
  product: id,
  version: 2,
  title: "Two",
  description: "",
  mandatory: false,
  name: "two.bin",
  size: 100,
  sha256: "c".repeat(64),
  uploadedBy: "ada@example.com",
  uploadedAt: 1,
  groups: {},
  revision: 1,
};

const world = async () => {
  const clock = stoppedClock();
  const versions = memoryFirmwareVersions();
  await versions.add(firmware);
  const releases = memoryReleases();
  const devices = memoryDevices([device]);
  const enrolments = memoryEnrolments();
  const facts = memoryReleaseFacts();
  const keyDocuments = memoryKeyDocuments();
  const ports = { versions, releases, facts, keyDocuments, devices, enrolments };
  return { ...ports, clock, now: clock.now, region: "us-east-1" };
};

describe("a version that is installed on one device", () => {
  it("is a release for this device, at once, of an image that cannot be deleted any more", async () => {
    const deps = await world();
    const release = await flashDevice(request, deps);
    expect(release).toMatchObject({
      kind: "flash",
      version: 2,
      image: { sha256: firmware.sha256, size: 100 },
      to: { devices: [deviceId] },
      waves: [{ devices: [deviceId], soakMs: 0 }],
      immediate: true,
    });
    expect(await deps.releases.active(id)).toEqual([{ product: id, id: release.id }]);
    expect((await deps.versions.find(id, 2))?.releasedAt).toBe(deps.clock.ms);
  });

  it("supersedes an unfinished one of the device, and no other release", async () => {
    const deps = await world();
    const first = await flashDevice(request, deps);
    const other = { ...device, id: "f".repeat(24) };
    const ofOther = await flashDevice({ ...request, device: other }, deps);
    await deps.releases.add(aRelease());
    deps.clock.ms += 1_000;
    const second = await flashDevice(request, deps);
    expect(await deps.facts.list(first.id)).toMatchObject([{ kind: "superseded", by: second.id }]);
    for (const { id: kept } of [second, ofOther, aRelease()]) {
      expect(await deps.facts.list(kept)).toEqual([]);
    }
  });

  it("goes to a device without a lock unless a release of another version has it, and keeps none from starting", async () => {
    const deps = await world();
    const { desiredFirmware: _, ...unlocked } = device;
    const locked = await flashDevice(request, deps);
    const running = await unfinishedReleases(id, deps);
    await requireFreeDevices([device], running, deps);
    await expect(requireFreeDevices([unlocked], running, deps)).rejects.toMatchObject({
      code: "conflict",
      details: { release: locked.id },
    });
    await flashDevice({ ...request, device: unlocked }, deps);
    // Of the same version: it finds the version installed.
    await deps.releases.add(aRelease());
    await flashDevice({ ...request, device: unlocked }, deps);
    await deps.releases.add(aRelease({ id: "0other", version: 1 }));
    const latest = flashDevice({ ...request, device: unlocked }, deps);
    await expect(latest).rejects.toMatchObject({ code: "conflict" });
  });

  it("waits for a bounded number of devices", async () => {
    const deps = await world();
    for (let n = 0; n < unfinishedFlashesMax; n += 1) {
      await flashDevice({ ...request, device: { ...device, id: idOf(n) } }, deps);
    }
    await expect(flashDevice(request, deps)).rejects.toMatchObject({ code: "limit_reached" });
    await flashDevice({ ...request, device: { ...device, id: idOf(0) } }, deps);
  });

  it("exists, and the device is no development device", async () => {
    const deps = await world();
    const missing = { product, version: 3 };
    const plain = { isDevelopment: false };
    await expect(requireFlashable(missing, plain, deps)).rejects.toMatchObject({
      code: "not_found",
    });
    await expect(requireFlashable(request, { isDevelopment: true }, deps)).rejects.toMatchObject({
      code: "conflict",
    });
    await requireFlashable(request, plain, deps);
    await expect(flashDevice({ ...request, version: 3 }, deps)).rejects.toMatchObject({
      code: "not_found",
    });
    expect(await deps.releases.active(id)).toEqual([]);
  });
});
