import type { DeviceEvent } from "../event/deviceEvent.ts";
import type { Metered } from "../ledger/record.ts";
import { deviceIdPattern } from "../platform/topic.ts";

/** Names of events of the system of a device or of the cloud, as Particle reserves them. */
const reservedName = /^(spark|particle)/i;

const kilobyte = 1_024;

/**
 * What an event counts as: one data operation for each started kilobyte of its data if a device
 * published it. Events of the API and of the cloud, and those with reserved names (vitals,
 * presence, updates of firmware), are free.
 */
export const meterEvent = ({ fleet, device, name, data }: DeviceEvent): Metered => ({
  fleet,
  device,
  kind: deviceIdPattern.test(device) && !reservedName.test(name) ? "publish" : "free",
  kilobytes: Math.max(1, Math.ceil(Buffer.byteLength(data, "base64") / kilobyte)),
});
