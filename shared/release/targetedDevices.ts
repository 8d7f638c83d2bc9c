import { type Device, type Devices, namePositionOf } from "../device/device.ts";
import { enrolPageMax, targetedDevicesMax } from "./limits.ts";
import { isTargeted } from "./model/assignWaves.ts";
import type { Release } from "./model/release.ts";

/** The devices of a release at this time. */
export const targetedDevices = async (
  { fleet, to }: Pick<Release, "fleet" | "to">,
  { devices }: { devices: Pick<Devices, "findMany" | "pageOfFleet"> },
): Promise<Device[]> => {
  if ("devices" in to) {
    const found = await devices.findMany([...new Set(to.devices)]);
    return found.filter((one) => one.fleet === fleet);
  }
  const found: Device[] = [];
  for (let after: Device | undefined, hasMore = true; hasMore; ) {
    const page = await devices.pageOfFleet(fleet, {
      limit: enrolPageMax,
      after: after && namePositionOf(after),
      order: "asc",
    });
    found.push(...page.devices.filter((one) => isTargeted(to, one)));
    after = page.devices.at(-1) ?? after;
    hasMore = page.hasMore && found.length < targetedDevicesMax;
  }
  return found.slice(0, targetedDevicesMax);
};
