import { eventName } from "../../bench/system/system.ts";
import type { Ground } from "../cloud/ground.ts";
import { devicePublishesMax, devicesMax } from "../limits.ts";
import type { DriverJob } from "../process/driverJob.ts";
import type { TenantLane } from "./part.ts";

/** Devices that publish the events of a lane: as few as the quota of a connection permits. */
export const publisherJob = async (
  ground: Ground,
  { lane, tenant }: TenantLane,
): Promise<DriverJob> => {
  const count = Math.min(devicesMax, Math.ceil(lane.rate / devicePublishesMax));
  const devices = await ground.addDevices(tenant, count);
  return { kind: "publish", mqtt: ground.mqtt, ca: ground.ca, devices, event: eventName };
};
