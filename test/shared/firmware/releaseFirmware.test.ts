import { expect, it } from "vitest";
import { releaseFirmware } from "#shared/firmware/releaseFirmware.ts";
import { memoryDevices } from "../../memory/device/devices.ts";
import { memoryGroups } from "../../memory/device/groups.ts";
import { memoryFirmwareVersions } from "../../memory/firmware/firmwareVersions.ts";
import { memoryKeyDocuments } from "../../memory/firmware/keyDocuments.ts";
import { memorySessions } from "../../memory/presence/sessions.ts";
import { deviceId, fleet } from "../../memory/samples.ts";
import { product } from "./support/signing.ts";

const world = async () => {
  const versions = memoryFirmwareVersions();
  await versions.add({
    product,
    version: 2,
    title: "Two",
    description: "",
    mandatory: false,
    name: "two.bin",
    size: 3,
    sha256: "c".repeat(64),
    uploadedBy: "ada@example.com",
    uploadedAt: 1,
    groups: {},
    revision: 0,
  });
  const devices = memoryDevices();
  await devices.add({ id: deviceId, fleet, product, createdAt: "2026" });
  const sessions = memorySessions();
  const groups = memoryGroups([{ product, name: "east", createdAt: "2026" }]);
  const deps = {
    versions,
    devices,
    sessions,
    groups,
    keyDocuments: memoryKeyDocuments(),
    now: () => 9,
  };
  const release = (given: { productDefault?: boolean; groups?: string[]; version?: number }) => {
    const { version = 2, ...rest } = given;
    const assignment = { productDefault: false, groups: [], at: 9, fleet, ...rest };
    return releaseFirmware({ product, version }, assignment, deps);
  };
  const hello = (firmware: string) =>
    sessions.put({
      device: deviceId,
      region: "us-east-1",
      connected: true,
      since: 1,
      at: 1,
      hello: { firmware, functions: [], variables: {} },
      helloAt: 1,
      revision: 1,
    });
  return { release, hello, deps };
};

it("a version is released first when a device of the product runs it, then at any time", async () => {
  const { release, hello } = await world();
  await expect(release({ productDefault: true })).rejects.toMatchObject({ code: "conflict" });
  await hello("2");
  expect(await release({ productDefault: true, groups: ["east"] })).toMatchObject({
    releasedAt: 9,
    defaultAt: 9,
    groups: { east: 9 },
  });
});

it("a released version needs no device", async () => {
  const { release, deps } = await world();
  const before = await deps.versions.find(product, 2);
  await deps.versions.replace({ ...before!, releasedAt: 1 });
  expect(await release({ groups: ["east"] })).toMatchObject({ releasedAt: 1, groups: { east: 9 } });
});

it.each([
  ["an unknown group", { groups: ["eats"] }, "did you mean east?", "invalid_request"],
  ["no group", {}, "name a group", "invalid_request"],
  ["a deleted version", { version: 9, groups: ["east"] }, "no firmware version 9", "not_found"],
])("a release is refused for %s, and changes nothing", async (_, given, message, code) => {
  const { release, hello, deps } = await world();
  await hello("2");
  const refused = release(given);
  await expect(refused).rejects.toThrow(message);
  await expect(refused).rejects.toMatchObject({ code });
  expect((await deps.versions.find(product, 2))?.revision).toBe(0);
});
