import { describe, expect, it } from "vitest";
import { devicesPerFleetListedMax } from "#shared/device/limits.ts";
import { provisionBatchMax, provisionBatchMs } from "#shared/device/provision/limits.ts";
import { provisionBatch, provisionBatchInput } from "#shared/device/provision/provisionBatch.ts";
import { Failure } from "#shared/platform/failure.ts";
import { memoryCertificates } from "../../../memory/device/certificates.ts";
import { memoryDeviceNames } from "../../../memory/device/deviceNames.ts";
import { memoryDevices } from "../../../memory/device/devices.ts";
import { memoryProvisioning } from "../../../memory/device/provisioning.ts";
import { memoryProvisionKeys } from "../../../memory/device/provisionKeys.ts";
import { memoryRegistry } from "../../../memory/device/registry.ts";
import { fleet, stoppedClock } from "../../../memory/samples.ts";

const owner = "a@b.c";
const inProduct = { fleet, owner, product: 7 };

const world = () => {
  const clock = stoppedClock();
  const registry = memoryRegistry();
  const devices = memoryDevices();
  const errors: string[] = [];
  const deps = {
    devices,
    deviceNames: memoryDeviceNames(),
    registries: [registry] as const,
    provisioning: memoryProvisioning(),
    certificates: memoryCertificates(),
    provisionKeys: memoryProvisionKeys(),
    now: clock.now,
    onError: (what: string) => void errors.push(what),
  };
  return { clock, registry, devices, deps, errors };
};

const wanted = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ key: `k${i}`, name: `unit-${i}`, csr: "-----BEGIN" }));

describe("a batch of new devices", () => {
  it("creates each device once, also when the batch is repeated", async () => {
    const { deps, devices } = world();
    const batch = wanted(provisionBatchMax);
    const first = await provisionBatch(batch, inProduct, deps);
    const second = await provisionBatch(batch, inProduct, deps);
    expect(first.map(({ key }) => key)).toEqual(batch.map(({ key }) => key));
    expect(second.map((one) => "device" in one && one.device.id)).toEqual(
      first.map((one) => "device" in one && one.device.id),
    );
    expect(await devices.list(fleet, 100)).toHaveLength(provisionBatchMax);
  });

  it("returns the reason for each refused device, and creates the others", async () => {
    const { deps } = world();
    const [one, two] = wanted(2);
    if (!one || !two) throw new Error("no devices");
    await provisionBatch([one], inProduct, deps);
    const results = await provisionBatch([{ ...one, key: "other" }, two], inProduct, deps);
    expect(results).toMatchObject([
      { key: "other", failure: { code: "already_exists", retry: false } },
      { key: two.key, device: { name: two.name, product: 7 } },
    ]);
  });

  it("fills a user's fleet up to its maximum", async () => {
    const { deps, devices } = world();
    for (let i = 0; i < devicesPerFleetListedMax - 3; i += 1) {
      await devices.add({ id: i.toString(16).padStart(24, "0"), fleet, createdAt: "then" });
    }
    const results = await provisionBatch(wanted(5), { fleet, owner }, deps);
    expect(results.filter((one) => "device" in one)).toHaveLength(3);
    expect(results.slice(3)).toMatchObject([
      { failure: { code: "limit_reached" } },
      { failure: { code: "limit_reached" } },
    ]);
    expect(await devices.list(fleet, 2_000)).toHaveLength(devicesPerFleetListedMax);
  });

  it("continues at once, with the same device, after IoT Core throttled the request", async () => {
    const { deps, registry, devices } = world();
    const { provision } = registry;
    const asked: string[] = [];
    registry.provision = async (id) => {
      asked.push(id);
      throw new Failure("slow down", { code: "too_many_requests" });
    };
    const throttled = await provisionBatch(wanted(1), inProduct, deps);
    expect(throttled).toMatchObject([{ failure: { code: "too_many_requests", retry: true } }]);
    registry.provision = provision;
    const made = await provisionBatch(wanted(1), inProduct, deps);
    expect(made).toMatchObject([{ device: { id: asked[0], name: "unit-0" } }]);
    expect(await devices.list(fleet, 10)).toHaveLength(1);
  });

  it("returns the results of the other devices when one causes an unexpected error", async () => {
    const { deps, registry, errors } = world();
    const { provision } = registry;
    let calls = 0;
    registry.provision = async (...args) => {
      calls += 1;
      if (calls === 2) throw new Error("a bug");
      return provision(...args);
    };
    const results = await provisionBatch(wanted(3), inProduct, deps);
    expect(results.filter((one) => "device" in one)).toHaveLength(2);
    expect(results.find((one) => "failure" in one)).toMatchObject({
      failure: { code: "unavailable", retry: true },
    });
    expect(errors).toHaveLength(1);
  });

  it("starts no further device when its time is over", async () => {
    const { deps, registry, clock } = world();
    const { provision } = registry;
    registry.provision = async (...args) => {
      clock.ms += provisionBatchMs;
      return provision(...args);
    };
    const results = await provisionBatch(wanted(10), inProduct, deps);
    expect(results.slice(5)).toHaveLength(5);
    for (const one of results.slice(5)) {
      expect(one).toMatchObject({ failure: { code: "unavailable", retry: true } });
    }
  });

  it.each([[[]], [wanted(provisionBatchMax + 1)], [[...wanted(1), ...wanted(1)]]])(
    "is refused as %j",
    (batch) => {
      expect(provisionBatchInput.safeParse(batch).success).toBe(false);
    },
  );
});
