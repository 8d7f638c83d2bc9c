import { describe, expect, it, vi } from "vitest";
import { unclaimDevice } from "#shared/device/fleet/claimDevice.ts";
import { addDevice } from "#shared/device/provision/addDevice.ts";
import { applyPendingProvisions } from "#shared/device/provision/applyPendingProvisions.ts";
import { publishEndpoint } from "#shared/device/provision/endpoints.ts";
import {
  connectRaceMs,
  pendingPageMax,
  pendingRecheckMs,
  provisionDevicesMax,
  replicationWaitMs,
} from "#shared/device/provision/limits.ts";
import { memoryCertificates } from "../../../memory/device/certificates.ts";
import { type MemoryLink, memoryLink } from "../../../memory/device/deviceLink.ts";
import { memoryDeviceNames } from "../../../memory/device/deviceNames.ts";
import { memoryDevices } from "../../../memory/device/devices.ts";
import { memoryProvisioning } from "../../../memory/device/provisioning.ts";
import { memoryRegistry } from "../../../memory/device/registry.ts";
import { fleet, stoppedClock } from "../../../memory/samples.ts";

/**
 * Two regions: devices are created and moved in the first, and the second applies its pending work.
 */
const world = () => {
  const clock = stoppedClock();
  const { now } = clock;
  const [us, eu] = [memoryRegistry("us-east-1"), memoryRegistry("eu-west-1")];
  const devices = memoryDevices();
  const provisioning = memoryProvisioning("us-east-1");
  const certificates = memoryCertificates();
  const link = memoryLink("eu-west-1");
  const onError = vi.fn();
  return {
    clock,
    eu,
    link,
    devices,
    onError,
    us: {
      devices,
      deviceNames: memoryDeviceNames(),
      provisioning,
      certificates,
      registries: [us, eu] as const,
      links: [],
      now,
      onError,
    },
    back: {
      devices,
      certificates,
      provisioning: memoryProvisioning("eu-west-1", provisioning.rows),
      registry: eu,
      link,
      now,
      onError,
    },
    pending: () => [...(provisioning.rows.pending.get("eu-west-1")?.values() ?? [])],
  };
};

const whose = { fleet, owner: "a@b.c" };
const forever = Number.MAX_SAFE_INTEGER;

describe("a region that was unavailable when a device was provisioned", () => {
  const missed = async () => {
    const deps = world();
    deps.eu.isDown = true;
    const made = await addDevice({}, whose, deps.us);
    deps.eu.isDown = false;
    return { ...deps, made };
  };

  it("registers its certificate once after it recovers", async () => {
    const { clock, back, eu, made, pending } = await missed();
    clock.ms += pendingRecheckMs;
    expect(await applyPendingProvisions(forever, back)).toEqual({ provisioned: 1, failed: 0 });
    expect(eu.things.get(made.id)).toBe(fleet);
    expect(eu.certificates.get(made.id)).toBe(made.certificate);
    expect(pending()).toEqual([]);
    expect(await applyPendingProvisions(forever, back)).toEqual({ provisioned: 0, failed: 0 });
  });

  it("waits until the request has ended", async () => {
    const { back, eu, pending } = await missed();
    expect(await applyPendingProvisions(forever, back)).toEqual({ provisioned: 0, failed: 0 });
    expect(eu.things.size).toBe(0);
    expect(pending()).toHaveLength(1);
  });

  it("retries while its registry fails, and reports it", async () => {
    const { clock, back, eu, made, onError } = await missed();
    clock.ms += pendingRecheckMs;
    eu.isDown = true;
    onError.mockClear();
    expect(await applyPendingProvisions(forever, back)).toEqual({ provisioned: 0, failed: 1 });
    expect(onError).toHaveBeenCalledOnce();
    eu.isDown = false;
    expect(await applyPendingProvisions(forever, back)).toEqual({ provisioned: 1, failed: 0 });
    expect(eu.things.get(made.id)).toBe(fleet);
  });

  it("repeats the work after a crash before its completion", async () => {
    const { clock, back, eu, made, pending } = await missed();
    clock.ms += pendingRecheckMs;
    const completePending = () => Promise.reject(new Error("killed"));
    const dying = { ...back, provisioning: { ...back.provisioning, completePending } };
    expect(await applyPendingProvisions(forever, dying)).toEqual({ provisioned: 0, failed: 1 });
    expect(await applyPendingProvisions(forever, back)).toEqual({ provisioned: 1, failed: 0 });
    expect(eu.things.get(made.id)).toBe(fleet);
    expect(pending()).toEqual([]);
  });

  it("waits for the replication of a row, and drops work of a request that crashed", async () => {
    const { clock, back, eu, pending } = await missed();
    const find = async () => undefined;
    clock.ms += replicationWaitMs - 1;
    await applyPendingProvisions(forever, { ...back, devices: { find } });
    expect(pending()).toHaveLength(1);
    clock.ms += 1;
    await applyPendingProvisions(forever, { ...back, devices: { find } });
    expect(pending()).toEqual([]);
    expect(eu.things.size).toBe(0);
  });
});

describe("a device that was moved", () => {
  it("is corrected in a region that missed the move, and its connection there is closed", async () => {
    const { clock, us, back, eu, link, pending } = world();
    const device = await addDevice({}, whose, us);
    link.connected.set(device.id, { connected: true });
    eu.isDown = true;
    const { endpoint: _, endpoints: __, certificate: ___, privateKey: ____, ...row } = device;
    await unclaimDevice(row, us);
    eu.isDown = false;
    clock.ms += pendingRecheckMs;
    expect(await applyPendingProvisions(forever, back)).toEqual({ provisioned: 1, failed: 0 });
    expect(eu.things.get(device.id)).toBe(`u${device.id}`);
    expect(link.sent.map(({ message }) => message)).toEqual([
      { command: "fleet", fleet: `u${device.id}` },
    ]);
    expect(link.disconnected).toEqual([device.id]);
    // It came back at once, with the rights of its new fleet: it stays.
    clock.ms += pendingRecheckMs;
    link.connected.set(device.id, { connected: true, since: clock.ms });
    expect(await applyPendingProvisions(forever, back)).toEqual({ provisioned: 1, failed: 0 });
    expect(link.disconnected).toEqual([device.id]);
    expect(pending()).toEqual([]);
  });

  it("stays in the fleet of its row when the request crashed before it wrote the row", async () => {
    const { clock, us, back, eu, devices, pending } = world();
    const { id } = await addDevice({}, whose, us);
    const device = await devices.find(id);
    const replace = () => Promise.reject(new Error("killed"));
    const dying = { ...us, devices: { ...devices, replace } };
    await expect(unclaimDevice(device!, dying)).rejects.toThrow("killed");
    expect(eu.things.get(id)).toBe(fleet);
    clock.ms += replicationWaitMs;
    await applyPendingProvisions(forever, back);
    expect(eu.things.get(id)).toBe(fleet);
    expect(pending()).toEqual([]);
  });

  it("is moved without a certificate when none was stored", async () => {
    const { clock, us, back, eu, devices } = world();
    const device = { id: "a".repeat(24), fleet, createdAt: "" };
    await devices.add(device);
    eu.isDown = true;
    await unclaimDevice(device, us);
    eu.isDown = false;
    clock.ms += pendingRecheckMs;
    await applyPendingProvisions(forever, back);
    expect(eu.things.get(device.id)).toBe(`u${device.id}`);
  });
});

/**
 * A device that is connecting while it is moved: the broker has looked up its fleet, and shows the
 * connection only later.
 */
describe("a connection that is being opened while its device is moved", () => {
  const connecting = (link: MemoryLink, id: string, since: number) => {
    link.connected.delete(id);
    const { disconnect } = link;
    link.disconnect = async (device) => {
      await disconnect(device);
      link.connected.set(id, { connected: true, since });
      link.disconnect = disconnect;
    };
  };

  it("is not closed by the request that moves it, and is closed by the region's next run, once", async () => {
    const { clock, us, back, link, pending } = world();
    const {
      endpoint: _,
      endpoints: __,
      certificate: ___,
      privateKey: ____,
      ...row
    } = await addDevice({}, whose, us);
    clock.ms += pendingRecheckMs;
    await applyPendingProvisions(forever, back);
    expect(pending()).toEqual([]);
    connecting(link, row.id, clock.ms);
    await unclaimDevice(row, { ...us, links: [link] });
    expect([link.connected.size, link.disconnected]).toEqual([1, []]);
    clock.ms += pendingRecheckMs - 1;
    await applyPendingProvisions(forever, back);
    expect(link.connected.size).toBe(1);
    clock.ms += 1;
    await applyPendingProvisions(forever, back);
    expect([link.connected.size, link.disconnected]).toEqual([0, [row.id]]);
    expect(pending()).toEqual([]);
  });

  it("is not closed by the run that applies the pending move, and is closed by the next run", async () => {
    const { clock, us, back, eu, link, pending } = world();
    const {
      endpoint: _,
      endpoints: __,
      certificate: ___,
      privateKey: ____,
      ...row
    } = await addDevice({}, whose, us);
    eu.isDown = true;
    await unclaimDevice(row, us);
    eu.isDown = false;
    clock.ms += pendingRecheckMs;
    connecting(link, row.id, clock.ms);
    await applyPendingProvisions(forever, back);
    expect([link.connected.size, pending().length]).toEqual([1, 1]);
    clock.ms += pendingRecheckMs;
    await applyPendingProvisions(forever, back);
    expect([link.connected.size, link.disconnected]).toEqual([0, [row.id]]);
    expect(pending()).toEqual([]);
  });

  it("is kept when it began after the move: it has the permissions of the new fleet", async () => {
    const { clock, us, back, link, pending } = world();
    const {
      endpoint: _,
      endpoints: __,
      certificate: ___,
      privateKey: ____,
      ...row
    } = await addDevice({}, whose, us);
    await unclaimDevice(row, { ...us, links: [link] });
    link.connected.set(row.id, { connected: true, since: clock.ms + connectRaceMs + 1 });
    clock.ms += pendingRecheckMs;
    await applyPendingProvisions(forever, back);
    expect([link.connected.size, link.disconnected]).toEqual([1, []]);
    expect(pending()).toEqual([]);
  });
});

describe("pending provisioning of a region", () => {
  it("is applied page by page, up to a maximum and a time limit", async () => {
    const { clock, back, us, devices } = world();
    for (let i = 0; i < provisionDevicesMax + pendingPageMax; i += 1) {
      const device = { id: i.toString(16).padStart(24, "0"), fleet, createdAt: "" };
      await devices.add(device);
      await us.provisioning.addPending({ device: device.id, fleet, since: clock.ms }, [
        "eu-west-1",
      ]);
    }
    clock.ms += pendingRecheckMs;
    expect((await applyPendingProvisions(clock.ms, back)).provisioned).toBe(0);
    expect((await applyPendingProvisions(forever, back)).provisioned).toBe(provisionDevicesMax);
    expect((await applyPendingProvisions(forever, back)).provisioned).toBe(pendingPageMax);
  });
});

it("publishes the region's endpoint once, and again when it changes", async () => {
  const { eu: registry } = world();
  const provisioning = memoryProvisioning("eu-west-1");
  const putEndpoint = vi.spyOn(provisioning, "putEndpoint");
  await publishEndpoint({ registry, provisioning });
  await publishEndpoint({ registry, provisioning });
  expect(putEndpoint).toHaveBeenCalledOnce();
  expect(await provisioning.endpoint("eu-west-1")).toBe(await registry.endpoint());
});
