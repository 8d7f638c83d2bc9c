import { describe, expect, it, vi } from "vitest";
import { addDevice } from "#shared/device/provision/addDevice.ts";
import { fillRegion } from "#shared/device/provision/fillRegion.ts";
import { fillOwedMax, fillPageMax, owedSettleMs } from "#shared/device/provision/limits.ts";
import { provisionOwed } from "#shared/device/provision/provisionOwed.ts";
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
  const onSetback = vi.fn();
  const certificates = memoryCertificates();
  const us = {
    devices,
    provisioning,
    certificates,
    deviceNames: memoryDeviceNames(),
    registries: [memoryRegistry("us-east-1")],
    now,
    onSetback,
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
    onSetback,
  };
  /** A run of the new region's own, a minute later. */
  const takeIn = () => {
    clock.ms += owedSettleMs;
    return provisionOwed(Number.MAX_SAFE_INTEGER, there);
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

/** The new region takes in what it is told whenever it has enough to do, and at the end. */
const fillAll = async (needs: Awaited<ReturnType<typeof world>>, from?: string) => {
  let after = from;
  let told = 0;
  for (;;) {
    const page = await fillRegion({ region, after }, needs);
    told += page.told;
    if (page.isFull) await needs.takeIn();
    if (page.next === undefined) break;
    after = page.next;
  }
  await needs.takeIn();
  return told;
};

describe("a region that is added later", () => {
  it("knows every device afterwards, with its certificate and its fleet", async () => {
    const needs = await world(fillPageMax + 1);
    expect(await fillAll(needs)).toBe(fillPageMax + 1);
    expect([...needs.eu.certificates.keys()].toSorted()).toEqual(needs.ids.toSorted());
    for (const id of needs.ids) {
      expect(needs.eu.things.get(id)).toBe((await needs.devices.find(id))?.fleet);
      expect(needs.eu.certificates.get(id)).toBe((await needs.certificates.find(id))?.current?.pem);
    }
  });

  it("is told of no more than it has taken in, but for a bound", async () => {
    const needs = await world(fillOwedMax + 3 * fillPageMax);
    let after: string | undefined;
    for (let pages = 0; pages < 10; pages += 1) {
      after = (await fillRegion({ region, after }, needs)).next;
    }
    expect(needs.provisioning.rows.owed.get(region)?.size).toBe(fillOwedMax);
    expect(await fillRegion({ region, after }, needs)).toMatchObject({ told: 0, isFull: true });
    await fillAll(needs, after);
    expect(needs.eu.things.size).toBe(needs.ids.length);
  });

  it("may be told again, from anywhere", async () => {
    const needs = await world(5);
    await fillAll(needs);
    const before = new Map(needs.eu.things);
    await fillAll(needs);
    expect(needs.eu.things).toEqual(before);
  });

  it("gets a device that is moved meanwhile into the fleet that it is in then", async () => {
    const needs = await world(1);
    const [id = ""] = needs.ids;
    await fillRegion({ region }, needs);
    const device = (await needs.devices.find(id))!;
    const moved = { device: id, fleet: "other", since: needs.now() + 1 };
    await needs.provisioning.owe(moved, [region]);
    await needs.devices.replace({ ...device, fleet: "other" }, device);
    await needs.takeIn();
    await needs.takeIn();
    expect(needs.eu.things.get(id)).toBe("other");
  });

  it("is not owed for ever a device whose certificate nobody has: that one is named", async () => {
    const needs = await world(2);
    const [id = ""] = needs.ids;
    needs.certificates.rows.records.delete(id);
    expect(await fillRegion({ region }, needs)).toMatchObject({ told: 1, unknown: [id] });
  });

  it("is one of this deployment", async () => {
    const needs = await world(0);
    await expect(fillRegion({ region: "mars-1" }, needs)).rejects.toMatchObject({
      code: "invalid_request",
    });
  });
});
