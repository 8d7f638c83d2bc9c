import { describe, expect, it, vi } from "vitest";
import { addDevice } from "#shared/device/provision/addDevice.ts";
import { applyPendingProvisions } from "#shared/device/provision/applyPendingProvisions.ts";
import { fillRegion } from "#shared/device/provision/fillRegion.ts";
import { fillPageMax, fillPendingMax, pendingRecheckMs } from "#shared/device/provision/limits.ts";
import { memoryCertificates } from "../../../memory/device/certificates.ts";
import { memoryLink } from "../../../memory/device/deviceLink.ts";
import { memoryDeviceNames } from "../../../memory/device/deviceNames.ts";
import { memoryDevices } from "../../../memory/device/devices.ts";
import { memoryProvisioning } from "../../../memory/device/provisioning.ts";
import { memoryRegistry } from "../../../memory/device/registry.ts";
import { stoppedClock } from "../../../memory/samples.ts";

const region = "eu-west-1";

/** Devices of one region, to which a second one is added. */
const world = async (count: number) => {
  const clock = stoppedClock();
  const { now } = clock;
  const eu = memoryRegistry(region);
  const devices = memoryDevices();
  const provisioning = memoryProvisioning("us-east-1");
  const onError = vi.fn();
  const certificates = memoryCertificates();
  const us = {
    devices,
    provisioning,
    certificates,
    deviceNames: memoryDeviceNames(),
    registries: [memoryRegistry("us-east-1")],
    now,
    onError,
  };
  const ids: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const whose = { fleet: `f${i}`, owner: "a@b.c" };
    ids.push((await addDevice({}, whose, { ...us, registries: [us.registries[0]!] })).id);
  }
  const there = {
    devices,
    certificates,
    provisioning: memoryProvisioning(region, provisioning.rows),
    registry: eu,
    link: memoryLink(region),
    now,
    onError,
  };
  /** A run of the new region's own, a minute later. */
  const takeIn = () => {
    clock.ms += pendingRecheckMs;
    return applyPendingProvisions(Number.MAX_SAFE_INTEGER, there);
  };
  return {
    devices,
    provisioning,
    certificates,
    regions: ["us-east-1", region],
    now,
    eu,
    ids,
    takeIn,
  };
};

/** The new region applies its pending work when it has enough of it, and at the end. */
const fillAll = async (deps: Awaited<ReturnType<typeof world>>, from?: string) => {
  let after = from;
  let queued = 0;
  for (;;) {
    const page = await fillRegion({ region, after }, deps);
    queued += page.queued;
    if (page.isFull) await deps.takeIn();
    if (page.next === undefined) break;
    after = page.next;
  }
  await deps.takeIn();
  return queued;
};

describe("a region that is added later", () => {
  it("has every device afterwards, with its certificate and its fleet", async () => {
    const deps = await world(fillPageMax + 1);
    expect(await fillAll(deps)).toBe(fillPageMax + 1);
    expect([...deps.eu.certificates.keys()].toSorted()).toEqual(deps.ids.toSorted());
    for (const id of deps.ids) {
      expect(deps.eu.things.get(id)).toBe((await deps.devices.find(id))?.fleet);
      expect(deps.eu.certificates.get(id)).toBe((await deps.certificates.find(id))?.current?.pem);
    }
  });

  it("has a bounded amount of pending work at any time", async () => {
    const deps = await world(fillPendingMax + 3 * fillPageMax);
    let after: string | undefined;
    for (let pages = 0; pages < 10; pages += 1) {
      after = (await fillRegion({ region, after }, deps)).next;
    }
    expect(deps.provisioning.rows.pending.get(region)?.size).toBe(fillPendingMax);
    expect(await fillRegion({ region, after }, deps)).toMatchObject({ queued: 0, isFull: true });
    await fillAll(deps, after);
    expect(deps.eu.things.size).toBe(deps.ids.length);
  });

  it("can be filled again, from any position", async () => {
    const deps = await world(5);
    await fillAll(deps);
    const before = new Map(deps.eu.things);
    await fillAll(deps);
    expect(deps.eu.things).toEqual(before);
  });

  it("registers a device that is moved in the meantime in its new fleet", async () => {
    const deps = await world(1);
    const [id = ""] = deps.ids;
    await fillRegion({ region }, deps);
    const device = (await deps.devices.find(id))!;
    const moved = { device: id, fleet: "other", since: deps.now() + 1 };
    await deps.provisioning.addPending(moved, [region]);
    await deps.devices.replace({ ...device, fleet: "other" }, device);
    await deps.takeIn();
    await deps.takeIn();
    expect(deps.eu.things.get(id)).toBe("other");
  });

  it("adds no pending work for a device without a certificate, and reports it", async () => {
    const deps = await world(2);
    const [id = ""] = deps.ids;
    deps.certificates.rows.records.delete(id);
    expect(await fillRegion({ region }, deps)).toMatchObject({ queued: 1, unknown: [id] });
  });

  it("must be a region of this deployment", async () => {
    const deps = await world(0);
    await expect(fillRegion({ region: "mars-1" }, deps)).rejects.toMatchObject({
      code: "invalid_request",
    });
  });
});
