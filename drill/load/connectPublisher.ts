import type { Device, DeviceOptions } from "../../device/device.ts";
import type { DrillContext, DrillIdentity } from "../context.ts";
import { createEventTracker, type EventTracker } from "./eventTracker.ts";

/** A connected device whose events of one name are tracked to a webhook. */
export interface Publisher {
  readonly device: Device;
  readonly identity: DrillIdentity;
  readonly tracker: EventTracker;
}

/** Adds a device of the drill's user and a webhook for an event, and connects the device. */
export const connectPublisher = async (
  context: DrillContext,
  event: string,
  options: Partial<DeviceOptions> = {},
): Promise<Publisher> => {
  const tracker = createEventTracker(event);
  await context.trackDeliveries(event, tracker);
  const [identity] = await context.addDevices(1);
  if (identity === undefined) throw new Error("no device");
  const device = context.device(identity, options);
  await device.connect();
  return { device, identity, tracker };
};
