import { describe, expect, it } from "vitest";
import type { Device } from "#shared/device/device.ts";
import {
  asksForLatest,
  checkCombination,
  deviceChange,
  updateDevice,
} from "#shared/device/updateDevice.ts";
import { memoryDeviceNames } from "../../memory/device/deviceNames.ts";
import { memoryDevices } from "../../memory/device/devices.ts";
import { deviceId, someTime } from "../../memory/samples.ts";

const fields = {
  name: "lamp",
  notes: "by the door",
  signal: true,
  quarantined: true,
  groups: ["beta"],
  development: true,
  desired_firmware_version: 3,
};
const ofProduct = ["groups", "development", "desired_firmware_version"];
const names = Object.keys(fields);
const pairs = names.flatMap((one, i) => names.slice(i + 1).map((other) => [one, other] as const));
const inProduct = { isInProduct: true };

const only = (...wanted: readonly string[]): ReturnType<typeof deviceChange.parse> =>
  deviceChange.parse(
    Object.fromEntries(Object.entries(fields).filter(([name]) => wanted.includes(name))),
  );

describe("a change of a device", () => {
  it("has the fields of these tests, and no others", () => {
    const all = [...names, "flash", "latest", "build_target_version", "file"];
    expect(Object.keys(deviceChange.shape).toSorted()).toEqual(all.toSorted());
  });

  it.each(pairs)("with %s and %s applies both, or names the conflicting field", (...pair) => {
    const check = () => checkCombination(only(...pair), inProduct);
    if (!pair.includes("signal")) return check();
    const other = pair.find((name) => name !== "signal");
    expect(check).toThrow(`signal cannot be combined with ${other}`);
  });

  it.each(names)("with %s alone is valid", (name) => {
    expect(() => checkCombination(only(name), inProduct)).not.toThrow();
  });

  it.each(ofProduct)("with %s is refused outside of a product", (name) => {
    const check = () => checkCombination(only(name), { isInProduct: false });
    expect(check).toThrow(`${name}: is a setting in a product`);
  });

  it("without any field is refused", () => {
    const check = (isInProduct: boolean) => () =>
      checkCombination(deviceChange.parse({}), { isInProduct });
    expect(check(true)).toThrow("nothing to change");
    expect(check(false)).toThrow(/: name, notes, signal, quarantined$/);
  });

  it.each([{ flash: true }, { flash: true, desired_firmware_version: null }])(
    "with %o names the version that is missing",
    (given) => {
      const check = () => checkCombination(deviceChange.parse(given), inProduct);
      expect(check).toThrow("flash: needs desired_firmware_version");
    },
  );

  it.each(["latest", "build_target_version"])(
    "with a version and the released one (%s) is refused",
    (name) => {
      const given = deviceChange.parse({ [name]: "true", desired_firmware_version: 3 });
      expect(() => checkCombination(given, inProduct)).toThrow(`${name}: cannot be combined`);
    },
  );

  it.each([
    [{ latest: true }, true],
    [{ latest: false }, false],
    [{ build_target_version: "6.1.0" }, true],
    [{ desired_firmware_version: 3, flash: true }, false],
  ])("of %o asks for the released version: %s", (given, expected) => {
    expect(asksForLatest(deviceChange.parse(given))).toBe(expected);
  });

  it("with a file says how to install it", () => {
    const given = deviceChange.parse({ file: "image", build_target_version: "6.1.0" });
    for (const isInProduct of [true, false]) {
      const check = () => checkCombination(given, { isInProduct });
      expect(check).toThrow("upload it as a firmware version");
    }
  });

  it.each([
    { groups: ["Beta"] },
    { groups: [""] },
    { groups: "beta" },
    { groups: ["b".repeat(65)] },
    { groups: Array.from({ length: 11 }, (_, i) => `g${i}`) },
    { desired_firmware_version: 0 },
    { desired_firmware_version: 65_536 },
    { desired_firmware_version: "x" },
    { development: "maybe" },
  ])("refuses %o", (given) => {
    expect(deviceChange.safeParse(given).success).toBe(false);
  });
});

describe("the settings of a device in its product", () => {
  const device: Device = {
    id: deviceId,
    fleet: "p1",
    name: "lamp",
    product: 1,
    createdAt: "2026",
    revision: 1,
  };
  const world = (more: Partial<Device> = {}) => ({
    devices: memoryDevices([{ ...device, ...more }]),
    deviceNames: memoryDeviceNames(),
    now: () => someTime,
    onError: () => {},
  });

  it("change together, in one write, and stay when something else changes", async () => {
    const deps = world();
    const settings = { groups: ["b", "a", "b"], development: true, desired_firmware_version: 3 };
    const changed = await updateDevice(device, { ...settings, notes: "n" }, deps);
    const expected = { groups: ["a", "b"], development: true, desiredFirmware: 3, notes: "n" };
    expect(changed).toMatchObject({ ...expected, revision: 2 });
    const renamed = await updateDevice(changed, { name: "other" }, deps);
    expect(renamed).toMatchObject({ ...expected, name: "other" });
  });

  it("are absent after they are unset", async () => {
    const set = { groups: ["a"], development: true as const, desiredFirmware: 3 };
    const deps = world(set);
    const unset = { groups: [], development: false, desired_firmware_version: null };
    const changed = await updateDevice({ ...device, ...set }, unset, deps);
    for (const name of Object.keys(set)) expect(changed).not.toHaveProperty(name);
  });

  it("are kept when another request changes the device at the same time", async () => {
    const deps = world({ notes: "new", revision: 2 });
    const changed = await updateDevice(device, { groups: ["a"] }, deps);
    expect(changed).toMatchObject({ notes: "new", groups: ["a"], revision: 3 });
  });
});
