import { describe, expect, it } from "vitest";
import { unclaimDevice } from "#shared/device/fleet/claimDevice.ts";
import { provisionKeyMs, provisionSettleMs } from "#shared/device/provision/limits.ts";
import { idempotencyKey, provisionOnce } from "#shared/device/provision/provisionOnce.ts";
import { memoryCertificates } from "../../../memory/device/certificates.ts";
import { memoryDeviceNames } from "../../../memory/device/deviceNames.ts";
import { memoryDevices } from "../../../memory/device/devices.ts";
import { memoryProvisioning } from "../../../memory/device/provisioning.ts";
import { memoryProvisionKeys } from "../../../memory/device/provisionKeys.ts";
import { memoryRegistry } from "../../../memory/device/registry.ts";
import { fleet, stoppedClock } from "../../../memory/samples.ts";
import { everyOrder, takeTurns } from "../../../memory/turns.ts";

const whose = { fleet, owner: "a@b.c" };

const world = () => {
  const clock = stoppedClock();
  const registry = memoryRegistry();
  const devices = memoryDevices();
  const deps = {
    devices,
    deviceNames: memoryDeviceNames(),
    registries: [registry] as const,
    provisioning: memoryProvisioning(),
    certificates: memoryCertificates(),
    provisionKeys: memoryProvisionKeys(),
    links: [],
    now: clock.now,
    onError: () => {},
  };
  const provision = (input: { name?: string; csr?: string }, key: string | undefined = "k1") =>
    provisionOnce(input, whose, { ...deps, key });
  return { clock, registry, devices, deps, provision };
};

describe("provisioning with an idempotency key", () => {
  it("returns the same device for a repeated request, without its private key", async () => {
    const { provision, devices } = world();
    const first = await provision({ name: "lamp" });
    expect(first).toMatchObject({ isRepeat: false, privateKey: expect.any(String) });
    const second = await provision({ name: "lamp" });
    expect(second).toMatchObject({
      isRepeat: true,
      id: first.id,
      name: "lamp",
      certificate: first.certificate,
      endpoints: first.endpoints,
    });
    expect(second).not.toHaveProperty("privateKey");
    expect(await devices.list(fleet, 10)).toHaveLength(1);
  });

  it("creates another device for another key, another fleet, and no key", async () => {
    const { provision, deps } = world();
    const made = [
      await provision({}),
      await provision({}, "k2"),
      await provisionOnce({}, { ...whose, fleet: "f2" }, { ...deps, key: "k1" }),
      await provisionOnce({}, whose, { ...deps, key: undefined }),
      await provisionOnce({}, whose, { ...deps, key: undefined }),
    ];
    expect(new Set(made.map(({ id }) => id)).size).toBe(5);
  });

  it.each([{ name: "other" }, {}, { name: "lamp", csr: "-----BEGIN X" }])(
    "refuses the key for another request: %o",
    async (other) => {
      const { provision } = world();
      await provision({ name: "lamp" });
      await expect(provision(other)).rejects.toMatchObject({ code: "invalid_request" });
    },
  );

  it("identifies a device for 30 days, and then a new one", async () => {
    const { provision, clock } = world();
    const first = await provision({});
    clock.ms += provisionKeyMs - 1;
    expect((await provision({})).id).toBe(first.id);
    clock.ms += 1;
    expect((await provision({})).id).not.toBe(first.id);
  });

  it("may be used again at once when the request was refused", async () => {
    const { provision } = world();
    await provision({ name: "lamp" });
    await expect(provision({ name: "lamp" }, "k2")).rejects.toMatchObject({
      code: "already_exists",
    });
    expect(await provision({ name: "desk" }, "k2")).toMatchObject({ isRepeat: false });
  });

  it("fails when the device has left the fleet", async () => {
    const { provision, deps, devices } = world();
    const { id } = await provision({});
    const row = await devices.find(id);
    if (row) await unclaimDevice(row, deps);
    await expect(provision({})).rejects.toMatchObject({ code: "invalid_request" });
  });

  it("continues with the same device a minute after the first request crashed", async () => {
    const { provision, registry, clock, devices } = world();
    const { provision: real } = registry;
    let id = "";
    registry.provision = async (device) => {
      id = device;
      throw new Error("crashed");
    };
    await expect(provision({ name: "lamp" })).rejects.toThrow("crashed");
    registry.provision = real;
    await expect(provision({ name: "lamp" })).rejects.toMatchObject({ code: "conflict" });
    clock.ms += provisionSettleMs;
    expect(await provision({ name: "lamp" })).toMatchObject({ id, isRepeat: false });
    expect(await devices.list(fleet, 10)).toHaveLength(1);
  });

  it("creates one device for two concurrent requests, in every order", async () => {
    await everyOrder(async (choose) => {
      const { deps, devices } = world();
      const turns = takeTurns();
      const outcomes = ["0", "1"].map((worker) =>
        provisionOnce({ name: "lamp" }, whose, {
          ...deps,
          devices: turns.wrap(worker, devices),
          provisionKeys: turns.wrap(worker, deps.provisionKeys),
          key: "k1",
        }).then(
          ({ id }) => id,
          ({ code }) => code,
        ),
      );
      await turns.run(choose);
      const [device] = await devices.list(fleet, 10);
      expect(await devices.list(fleet, 10)).toHaveLength(1);
      for (const outcome of await Promise.all(outcomes)) {
        expect([device?.id, "conflict"]).toContain(outcome);
      }
    });
  });

  it.each(["", "with space", "é", "a".repeat(256)])("refuses the key %j", (key) => {
    expect(idempotencyKey.safeParse(key).success).toBe(false);
  });
});
